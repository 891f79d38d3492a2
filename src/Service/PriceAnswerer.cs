using System.Runtime.InteropServices;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Answers single questions for the price of a call: docs/prices.md, "Asking for a price".</summary>
internal sealed class PriceAnswerer(PriceBook book, TimeProvider time, PriceAnswers answers)
{
    private readonly MatchedNames _names = new(book);

    /// <summary>Whether an answer also says what is wrong with its question. Default false.</summary>
    public bool SaysWhy { get; init; }

    /// <summary>Answers a question.</summary>
    /// <returns>What is wrong with it, to stand behind the number of its line; null: nothing.</returns>
    public string? Answer(JsonElement line)
    {
        var id = IdOf(line);
        if (PriceQuestion.Read(line, time.GetUtcNow(), out var question) is { } problem)
        {
            return Refuse(id, problem);
        }

        var (provider, model) = (question.Provider, question.Model);
        var usage = default(CallUsage);
        if (!book.Knows(provider, model))
        {
            answers.Add(id, PriceAnswers.UnknownModel, _names.Find(provider, model).Provider);
        }
        else if (Read(question, out usage) is { } contradiction)
        {
            answers.Add(id, PriceAnswers.InvalidUsage, _names.Find(provider, model).Provider, detail: SaysWhy ? contradiction : null);
            return $": {contradiction}";
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

        return null;
    }

    /// <summary>Answers what is no question.</summary>
    /// <returns>What is wrong with it, as of <see cref="Answer"/>.</returns>
    public string Refuse(string problem) => Refuse(default, problem);

    // As it stands there: 1.0 stays 1.0.
    private static ReadOnlySpan<byte> IdOf(JsonElement line) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? JsonMarshal.GetRawUtf8Value(id)
            : default;

    private string Refuse(ReadOnlySpan<byte> id, string problem)
    {
        answers.Add(id, PriceAnswers.InvalidLine, detail: SaysWhy ? problem : null);
        return " " + problem;
    }

    private string? Read(in PriceQuestion question, out CallUsage usage)
    {
        usage = default;
        var counts = new PriceUsage();
        return counts.Add(question.Usage) ?? counts.Read(book, question.Provider, question.Model, out usage);
    }
}
