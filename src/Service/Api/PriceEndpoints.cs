using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmTelemetry.Service;

/// <summary>The prices in use, and what calls cost by them: what <c>llmtelemetry price</c> does.</summary>
internal static class PriceEndpoints
{
    private const string Tag = "prices";
    private const int MostQuestions = 1_000;

    public static void MapPrices(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/prices", List).Require(ApiScopes.Read).AllowTenants().WithName("listPrices").WithTags(Tag)
            .WithSummary("The prices in use now, at list price in the standard service tier. With a model: the entry that its name means, as calls are priced.");
        routes.MapPost("/api/prices/cost", CostAsync).Require(ApiScopes.Read).AllowTenants().WithName("getCost").WithTags(Tag)
            .WithSummary("What calls cost: one question or an array of at most 1,000, in the form of a line of llmtelemetry price --jsonl; answered in the same order and the same form.")
            .Accepts<CostQuestion>("application/json").Produces<IReadOnlyList<CostAnswer>>();
    }

    private static Ok<Paged<PriceBody>> List(ServedLedger ledger, string? provider, string? model, int? page, int? page_size)
    {
        var (asked, book, now) = (Paging.Of(page, page_size), ledger.Options.Prices, ledger.Options.TimeProvider.GetUtcNow());
        var entries = model is null ? book.Entries(provider, now)
            : book.Knows(provider, model) ? [book.Explain(provider, model, book.UnitOf(provider, model), now)]
            : [];
        return TypedResults.Ok(Paging.Cut(entries.Select(PriceBody.Of), asked));
    }

    private static async Task CostAsync(HttpContext context, ServedLedger ledger)
    {
        using var body = await ApiBody.ReadAsync(context).ConfigureAwait(false);
        var (root, book) = (body.RootElement, ledger.Options.Prices);
        var isArray = root.ValueKind == JsonValueKind.Array;
        if (isArray && root.GetArrayLength() is > MostQuestions and var count)
        {
            throw ApiFields.Bad($"There are {count} questions; at most {MostQuestions} are answered at once.");
        }

        using var text = new StringWriter();
        using (var answers = new PriceAnswers(text, book.Version))
        {
            var answerer = new PriceAnswerer(book, ledger.Options.TimeProvider, answers) { SaysWhy = true };
            foreach (var question in isArray ? root.EnumerateArray().AsEnumerable() : [root])
            {
                answerer.Answer(question);
            }

            await answers.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }

        // One to a line, as the command has them.
        var lines = text.ToString().TrimEnd('\n');
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(isArray ? $"[{lines.Replace('\n', ',')}]" : lines, context.RequestAborted).ConfigureAwait(false);
    }

    /// <param name="Provider">The provider's entry.</param>
    /// <param name="Model">The model's entry.</param>
    /// <param name="PriceSet">When these prices hold.</param>
    /// <param name="Source">Where they come from.</param>
    /// <param name="Checked">The day they were last compared with it.</param>
    /// <param name="PriceVersion">The version of the price book.</param>
    /// <param name="Prices">What it has prices for.</param>
    internal sealed record PriceBody(string? Provider, string? Model, string? PriceSet, string? Source, DateOnly? Checked, string PriceVersion, IReadOnlyList<BucketPrice> Prices)
    {
        public static PriceBody Of(PriceExplanation entry) => new(
            entry.Provider, entry.Model, entry.PriceSet, entry.Source, entry.Checked, entry.PriceVersion,
            [.. entry.Lines.Where(line => line.Rate is not null && line.PricedAs == line.Bucket).Select(line => new BucketPrice(line.Bucket.Name(), PriceAnswers.Text(line.Rate!.Value), line.Per))]);
    }

    /// <param name="Bucket">What it is for.</param>
    /// <param name="Usd">USD for so many, as an exact decimal in text.</param>
    /// <param name="Per">How many.</param>
    internal sealed record BucketPrice(string Bucket, string Usd, long Per);

    /// <param name="Id">Is given back: text or a number.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Provider">Null: the model's name tells.</param>
    /// <param name="Usage">Counts, as input_tokens, cache_read_tokens, output_tokens: docs/prices.md.</param>
    /// <param name="Timestamp">When the call was made; null: now.</param>
    /// <param name="ServiceTier">Null: the standard one.</param>
    /// <param name="Region">Null: list price.</param>
    internal sealed record CostQuestion(string? Id, string Model, string? Provider, IReadOnlyDictionary<string, long> Usage, DateTimeOffset? Timestamp, string? ServiceTier, string? Region);

    /// <param name="Id">The question's.</param>
    /// <param name="CostUsd">An exact decimal in text; null: there is no price.</param>
    /// <param name="InputCost">The part of the input.</param>
    /// <param name="OutputCost">The part of the output.</param>
    /// <param name="MatchedProvider">The provider's entry.</param>
    /// <param name="MatchedModel">The model's entry.</param>
    /// <param name="PriceVersion">The version of the price book.</param>
    /// <param name="Error">Why there is no cost: invalid_line, invalid_usage, unknown_model, unknown_price.</param>
    /// <param name="Detail">What is invalid; not there where nothing is.</param>
    internal sealed record CostAnswer(
        string? Id, string? CostUsd, string? InputCost, string? OutputCost, string? MatchedProvider, string? MatchedModel, string PriceVersion, string? Error, string? Detail);
}
