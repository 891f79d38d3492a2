using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Service tiers and regions, as a provider has them for all its models or a price set for itself. Immutable.</summary>
internal sealed record TermsDefaults(ServiceTierTerms[] ServiceTiers, RegionTerms[] Regions)
{
    public static TermsDefaults None { get; } = new([], []);

    /// <summary>These, with what the field says: a tier or region of the same name is replaced, and null takes it away.</summary>
    /// <param name="entry">What is blamed.</param>
    /// <param name="field"><c>service_tiers</c> or <c>regions</c>.</param>
    public TermsDefaults With(PriceEntry entry, JsonProperty field)
    {
        var named = new PriceEntry($"{entry.Name}, {field.Name}", field.Value, null);
        foreach (var value in named.Fields)
        {
            named.Require(PriceEntry.IsWord(value.Name), $"{value.Name} must be in lower case, without blanks around it");
        }

        return field.Name == "regions" ? this with { Regions = ReadRegions(named) } : this with { ServiceTiers = ReadTiers(named) };
    }

    private ServiceTierTerms[] ReadTiers(PriceEntry named)
    {
        var tiers = ServiceTiers.ToDictionary(t => t.Name);
        foreach (var field in named.Fields)
        {
            named.Require(ServiceTierNames.Of(field.Name) == field.Name, $"{field.Name} is another word for {(ServiceTierNames.Of(field.Name) is { Length: > 0 } word ? word : "the standard tier")}");
            tiers.Remove(field.Name);
            if (field.Value.ValueKind != JsonValueKind.Null)
            {
                tiers.Add(field.Name, ReadTier(named, field));
            }
        }

        return [.. tiers.Values];
    }

    private static ServiceTierTerms ReadTier(PriceEntry named, JsonProperty field)
    {
        if (field.Value.ValueKind == JsonValueKind.Number)
        {
            return ServiceTierTerms.Standard with { Name = field.Name, Times = Multiplier(named, field.Name, field.Value) };
        }

        var tier = new PriceEntry($"{named.Name}, {field.Name}", field.Value, null);
        var except = new HashSet<UsageBucket>();
        foreach (var text in tier.Texts("except"))
        {
            tier.Require(UsageBucketExtensions.TryParse(text, out var bucket) && PriceUnits.IsTokens(bucket), $"except: {text} is no bucket of tokens");
            except.Add(bucket);
        }

        decimal? times = tier.Has("times") ? Multiplier(tier, "times", tier.Field("times")) : null;
        var own = PriceSetReader.ReadContexts(tier, "times", "except");
        tier.Require(times is not null || !own[0].IsEmpty, "a service tier has times, prices, or both");
        tier.Require(times is not null || except.Count == 0, "except is of no use without times");
        return new ServiceTierTerms(field.Name, times, except, own);
    }

    private RegionTerms[] ReadRegions(PriceEntry named)
    {
        var regions = Regions.ToDictionary(r => r.Name);
        foreach (var field in named.Fields)
        {
            regions.Remove(field.Name);
            if (field.Value.ValueKind != JsonValueKind.Null)
            {
                regions.Add(field.Name, new RegionTerms(field.Name, Multiplier(named, field.Name, field.Value)));
            }
        }

        return [.. regions.Values.OrderBy(r => r.Name == RegionTerms.Any)];
    }

    private static decimal Multiplier(PriceEntry entry, string name, JsonElement value)
    {
        var times = 0m;
        entry.Require(value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out times), $"{name} must be a number");
        entry.Require(times >= 0 && times <= PriceUnits.MostTimes, $"{name} multiplies by {times.ToString(CultureInfo.InvariantCulture)}, which is not between 0 and {PriceUnits.MostTimes}");
        return times;
    }
}
