using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads what a record's line says of usage and cost.</summary>
internal static class RecordAmounts
{
    // Larger amounts go in two steps, the larger one in units of this.
    private const long Step = 1_000_000_000_000_000_000;

    /// <summary>The buckets; where they are not said, what the totals of the semantic conventions tell. Null: not known.</summary>
    /// <param name="line">The line.</param>
    /// <param name="inconsistent">Whether the totals contradict themselves.</param>
    public static CallUsage? Usage(JsonElement line, out bool inconsistent)
    {
        inconsistent = false;
        if (RecordField.Of(line, RecordFields.Usage, JsonValueKind.Object, "an object of counts") is not { } buckets)
        {
            return Totals(line, out inconsistent);
        }

        var (usage, rest) = (Kinds(line), default(CallUsage));
        foreach (var part in buckets.EnumerateObject())
        {
            var bucket = Bucket(part.Name);
            var count = RecordField.CountOf(part.Value, part.Name) - usage[bucket];
            rest[bucket] = count >= 0 ? count : throw new FormatException($"'{RecordFields.Kinds}' has more of {part.Name} than '{RecordFields.Usage}'.");
        }

        foreach (var bucket in usage)
        {
            if (!rest.IsReported(bucket))
            {
                throw new FormatException($"'{RecordFields.Kinds}' has {bucket.Name()}, which '{RecordFields.Usage}' has not.");
            }
        }

        usage.Add(in rest);
        return usage;
    }

    /// <summary>The cost by bucket; where only a total is said, that, as a cost that was told. Null: not known.</summary>
    public static Cost? Cost(JsonElement line)
    {
        if (RecordField.Text(line, RecordFields.CostCurrency) is { } currency && currency != LlmTelemetry.Usage.Cost.Currency)
        {
            throw new FormatException($"'{RecordFields.CostCurrency}' is '{currency}'; amounts are kept in {LlmTelemetry.Usage.Cost.Currency}.");
        }

        var total = RecordField.Amount(line, RecordFields.CostAmount);
        if (RecordField.Of(line, RecordFields.Cost, JsonValueKind.Object, "an object of amounts in USD") is not { } buckets)
        {
            return total is { } told ? Told(line, told) : null;
        }

        var cost = Priced(line, "");
        foreach (var part in buckets.EnumerateObject())
        {
            Add(ref cost, Bucket(part.Name), RecordField.AmountOf(part.Value, part.Name));
        }

        return total is null || total == cost.TotalPico
            ? cost
            : throw new FormatException($"'{RecordFields.CostAmount}' is {PicoText.Of(total.Value)}, but the parts of '{RecordFields.Cost}' add up to {PicoText.Of(cost.TotalPico)}.");
    }

    private static Cost Told(JsonElement line, Int128 total)
    {
        var cost = Priced(line, Vocabulary.PriceVersions.Reported);
        Add(ref cost, UsageBucket.Request, total);
        return cost;
    }

    private static Cost Priced(JsonElement line, string version) => new(
        RecordField.Text(line, RecordFields.PriceProvider) ?? "",
        RecordField.Text(line, RecordFields.PriceModel) ?? "",
        RecordField.Text(line, RecordFields.PriceVersion) ?? version);

    private static void Add(ref Cost cost, UsageBucket bucket, Int128 pico)
    {
        var (steps, rest) = Int128.DivRem(pico, Step);
        cost.Add(bucket, Step, (decimal)steps, LlmTelemetry.Usage.Cost.PicoPerUsd);
        cost.Add(bucket, 1, (decimal)rest, LlmTelemetry.Usage.Cost.PicoPerUsd);
    }

    private static CallUsage Kinds(JsonElement line)
    {
        var usage = default(CallUsage);
        if (RecordField.Of(line, RecordFields.Kinds, JsonValueKind.Array, "a list") is not { } kinds)
        {
            return usage;
        }

        foreach (var part in kinds.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || RecordField.Text(part, RecordFields.KindName) is not { } kind || string.IsNullOrWhiteSpace(kind))
            {
                throw new FormatException($"Each of '{RecordFields.Kinds}' must have '{RecordFields.KindBucket}', '{RecordFields.KindName}' and '{RecordFields.KindCount}'.");
            }

            var count = RecordField.Count(part, RecordFields.KindCount) ?? throw RecordField.Missing(RecordFields.KindCount);
            try
            {
                usage.Add(Bucket(RecordField.Text(part, RecordFields.KindBucket) ?? throw RecordField.Missing(RecordFields.KindBucket)), kind, count);
            }
            catch (OverflowException)
            {
                throw new FormatException($"'{RecordFields.Kinds}' add up to more than {long.MaxValue}.");
            }
        }

        return usage;
    }

    private static CallUsage? Totals(JsonElement line, out bool inconsistent)
    {
        inconsistent = false;
        var totals = new InclusiveUsage
        {
            Input = RecordField.Count(line, RecordFields.InputTokens),
            Output = RecordField.Count(line, RecordFields.OutputTokens),
            CacheRead = RecordField.Count(line, RecordFields.CacheReadTokens),
            CacheWrite = RecordField.Count(line, RecordFields.CacheWriteTokens),
            Reasoning = RecordField.Count(line, RecordFields.ReasoningTokens),
        };
        if (totals == default)
        {
            return null;
        }

        inconsistent = totals.ToDisjoint(out var usage) != UsageIssue.None;
        return usage;
    }

    private static UsageBucket Bucket(string name) =>
        UsageBucketExtensions.TryParse(name, out var bucket) ? bucket : throw new FormatException($"'{name}' is no bucket of usage: docs/records.md lists them.");
}
