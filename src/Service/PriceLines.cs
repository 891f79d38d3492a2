using System.Runtime.InteropServices;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Answers a stream of questions, one a line, in order and in bounded memory: docs/prices.md, "Asking for a price".</summary>
internal sealed class PriceLines(PriceBook book, TimeProvider time, PriceAnswers answers, TextWriter error)
{
    // Who sends the wrong file need not read a line for each of its lines.
    private const int MostComplaints = 20;

    private readonly MatchedNames _names = new(book);
    private long _number;
    private long _complaints;

    public async Task RunAsync(Stream input, CancellationToken cancellationToken)
    {
        var lines = new LineReader(input);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (lines.TryTake(out var line, out var isTooLong))
            {
                Take(line, isTooLong);
                if (answers.IsFull && !await answers.FlushAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }

            // The next question may be long in coming.
            if (!await answers.FlushAsync(cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        if (_complaints > MostComplaints)
        {
            await error.WriteLineAsync($"llmtelemetry: {_complaints} lines are invalid in all").ConfigureAwait(false);
        }
    }

    private void Take(ReadOnlyMemory<byte> line, bool isTooLong)
    {
        _number++;
        if (isTooLong)
        {
            Refuse(default, $"is longer than {LineReader.Longest} bytes");
        }
        else if (line.Span.ContainsAnyExcept(" \t"u8))
        {
            Answer(line);
        }
    }

    private void Answer(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = StrictJson.Parse(line);
            Answer(document.RootElement);
        }
        catch (JsonException cause)
        {
            Refuse(default, $"is no valid JSON: {cause.Message}");
        }
    }

    private void Answer(JsonElement line)
    {
        var id = IdOf(line);
        if (PriceQuestion.Read(line, time.GetUtcNow(), out var question) is { } problem)
        {
            Refuse(id, problem);
            return;
        }

        var (provider, model) = (question.Provider, question.Model);
        var usage = default(CallUsage);
        if (!book.Knows(provider, model))
        {
            answers.Add(id, PriceAnswers.UnknownModel, _names.Find(provider, model).Provider);
        }
        else if (Read(question, out usage) is { } contradiction)
        {
            answers.Add(id, PriceAnswers.InvalidUsage, _names.Find(provider, model).Provider);
            Complain($": {contradiction}");
        }
        else if (book.TryQuote(provider, model, in usage, question.When, question.ServiceTier, question.Region, out var cost))
        {
            answers.Add(id, in cost);
        }
        else
        {
            var names = _names.Find(provider, model);
            answers.Add(id, PriceAnswers.UnknownPrice, names.Provider, names.Model);
        }
    }

    private string? Read(in PriceQuestion question, out CallUsage usage)
    {
        usage = default;
        var counts = new PriceUsage();
        return counts.Add(question.Usage) ?? counts.Read(book, question.Provider, question.Model, out usage);
    }

    // As it stands there: 1.0 stays 1.0.
    private static ReadOnlySpan<byte> IdOf(JsonElement line) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? JsonMarshal.GetRawUtf8Value(id)
            : default;

    private void Refuse(ReadOnlySpan<byte> id, string problem)
    {
        answers.Add(id, PriceAnswers.InvalidLine);
        Complain(" " + problem);
    }

    private void Complain(string problem)
    {
        if (_complaints++ < MostComplaints)
        {
            error.WriteLine($"llmtelemetry: line {_number}{problem.ReplaceLineEndings(" ")}");
        }
    }
}
