namespace LlmTelemetry.Usage;

/// <summary>Cohere: the bill follows the billed units, which are fewer than the tokens; tokens count only where those are missing.</summary>
internal static class CohereUsage
{
    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var billed = usage["billed_units"];
        billed = !billed.IsObject && usage.HasAny("search_units", "classifications") ? usage : billed;
        if (!billed.IsObject)
        {
            var tokens = usage["tokens"];
            report.Tokens = new InclusiveUsage { Input = tokens.Count("input_tokens"), Output = tokens.Count("output_tokens"), CacheRead = usage.Count("cached_tokens") };
            return;
        }

        // Images of an embedding are billed beside its text.
        var images = billed.Count("image_tokens");
        report.Tokens = new InclusiveUsage
        {
            Input = report.Sum(billed.Count("input_tokens"), images),
            InputImage = images,
            Output = billed.Count("output_tokens"),
        };
        report.Count(UsageBucket.RerankUnit, billed.Count("search_units"));
    }
}
