using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Answers a stream of questions, one a line, in order and in bounded memory: docs/prices.md, "Asking for a price".</summary>
internal sealed class PriceLines(PriceBook book, TimeProvider time, PriceAnswers answers, TextWriter error)
{
    // Who sends the wrong file need not read a line for each of its lines.
    private const int MostComplaints = 20;

    private readonly PriceAnswerer _answerer = new(book, time, answers);
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
            Complain(_answerer.Refuse($"is longer than {LineReader.Longest} bytes"));
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
            if (_answerer.Answer(document.RootElement) is { } problem)
            {
                Complain(problem);
            }
        }
        catch (JsonException cause)
        {
            Complain(_answerer.Refuse($"is no valid JSON: {cause.Message}"));
        }
    }

    private void Complain(string problem)
    {
        if (_complaints++ < MostComplaints)
        {
            error.WriteLine($"llmtelemetry: line {_number}{problem.ReplaceLineEndings(" ")}");
        }
    }
}
