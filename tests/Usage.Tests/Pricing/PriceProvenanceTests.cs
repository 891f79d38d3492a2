using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Every class of usage and every multiplier has a real entry in the embedded book, and the entry says where and when its price was seen.</summary>
public sealed class PriceProvenanceTests
{
    private static readonly JsonElement[] Providers = Read();

    [Theory]
    [MemberData(nameof(Buckets))]
    public void Every_bucket_is_priced_by_an_entry_with_a_source(string bucket) =>
        Assert.Contains(Sourced(), m => Sheets(m.Model).Any(sheet => sheet.TryGetProperty(bucket, out _)));

    [Theory]
    [InlineData("service_tiers", "batch")]
    [InlineData("service_tiers", "flex")]
    [InlineData("service_tiers", "priority")]
    [InlineData("service_tiers", "fast")]
    [InlineData("regions", "us")]
    [InlineData("regions", "*")]
    public void Every_multiplier_is_in_an_entry_with_a_source(string field, string name) =>
        Assert.Contains(Sourced(), m => Terms(m.Model, field).Any(terms => terms.TryGetProperty(name, out _)));

    [Theory]
    [InlineData("from")]
    [InlineData("at")]
    [InlineData("tiers")]
    public void Every_condition_is_in_an_entry_with_a_source(string field) =>
        Assert.Contains(Sourced(), m => Sheets(m.Model).Any(sheet => sheet.TryGetProperty(field, out _)));

    [Fact]
    public void Source_is_an_address_and_goes_with_a_day_not_after_that_of_the_book()
    {
        foreach (var (provider, model) in Models().Where(m => m.Model.TryGetProperty("source", out _) || m.Model.TryGetProperty("checked", out _)))
        {
            var name = $"{provider}/{model.GetProperty("id").GetString()}";
            Assert.True(model.TryGetProperty("source", out var source) && Uri.TryCreate(source.GetString(), UriKind.Absolute, out var address) && address.Scheme == "https", name);
            Assert.True(model.TryGetProperty("checked", out var day), name);
            Assert.True(DateOnly.ParseExact(day.GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture) <= PriceBook.Embedded.Date, name);
        }
    }

    [Fact]
    public void Entry_without_a_day_of_its_own_is_of_the_files_day_not_of_the_books()
    {
        var (provider, model) = Models().First(m => !m.Model.TryGetProperty("checked", out _) && !m.Model.TryGetProperty("prices_of", out _)
            && m.Model.GetProperty("match")[0] is { ValueKind: JsonValueKind.String } name && name.GetString()!.All(char.IsAsciiLetterOrDigit));
        var usage = default(CallUsage);

        var why = PriceBook.Embedded.Explain(provider, model.GetProperty("match")[0].GetString(), in usage, default);

        Assert.Equal(new DateOnly(2026, 9, 23), why.Checked);
        Assert.True(why.Checked < PriceBook.Embedded.Date);
    }

    [Fact]
    public void Every_provider_names_its_sources() =>
        Assert.All(Providers, p => Assert.NotEmpty(p.GetProperty("sources").EnumerateArray()));

    // What multiplies all models of a provider has the provider's sources behind it.
    [Fact]
    public void Terms_of_a_whole_provider_are_those_of_a_provider_with_sources() =>
        Assert.All(Providers.Where(p => p.TryGetProperty("service_tiers", out _) || p.TryGetProperty("regions", out _)),
            p => Assert.StartsWith("https://", p.GetProperty("sources")[0].GetString(), StringComparison.Ordinal));

    // Models do not charge for bytes: those are for APIs, whose prices are one's own.
    public static TheoryData<string> Buckets() => [.. Enum.GetValues<UsageBucket>().Where(b => b != UsageBucket.DataByte).Select(b => b.Name())];

    private static IEnumerable<(string Provider, JsonElement Model)> Sourced() =>
        Models().Where(m => m.Model.TryGetProperty("source", out _) && m.Model.TryGetProperty("checked", out _));

    private static IEnumerable<(string Provider, JsonElement Model)> Models() =>
        from provider in Providers
        from model in provider.GetProperty("models").EnumerateArray()
        select (provider.GetProperty("id").GetString()!, model);

    private static JsonElement[] Sheets(JsonElement model) => model.TryGetProperty("prices", out var sets) ? [.. sets.EnumerateArray()] : [];

    private static IEnumerable<JsonElement> Terms(JsonElement model, string field) =>
        Sheets(model).Append(model).Where(e => e.TryGetProperty(field, out _)).Select(e => e.GetProperty(field));

    private static JsonElement[] Read()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")!;
        using var catalog = JsonDocument.Parse(stream);
        return [.. catalog.RootElement.GetProperty("providers").Clone().EnumerateArray()];
    }
}
