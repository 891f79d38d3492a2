using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

/// <summary>The embedded catalog: what it holds and where it comes from.</summary>
public sealed class PriceCatalogTests
{
    [Fact]
    public void Every_name_that_is_written_out_finds_its_own_entry()
    {
        var checkedNames = 0;
        foreach (var (provider, model, pattern) in Patterns().Where(p => !p.Pattern.Contains('*') && !p.Pattern.StartsWith('/')))
        {
            checkedNames++;
            Assert.Equal((provider, model, pattern), (provider, PriceBook.Embedded.Quote(provider, pattern, default, default)?.Model, pattern));
        }

        Assert.InRange(checkedNames, 2_000, 5_000);
    }

    [Fact]
    public void Every_entry_can_be_found()
    {
        var found = Patterns()
            .Where(p => PriceBook.Embedded.Quote(p.Provider, p.Pattern.Trim('*').TrimEnd('~'), default, default)?.Model == p.Model)
            .Select(p => (p.Provider, p.Model));

        Assert.Equal([], Patterns().Select(p => (p.Provider, p.Model)).Except(found));
    }

    private static IEnumerable<(string Provider, string Model, string Pattern)> Patterns()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")!;
        using var catalog = JsonDocument.Parse(stream);
        return
        [
            .. from provider in catalog.RootElement.GetProperty("providers").EnumerateArray()
               from model in provider.GetProperty("models").EnumerateArray()
               from pattern in model.GetProperty("match").EnumerateArray()
               let text = pattern.ValueKind == JsonValueKind.Object ? pattern.GetProperty("all")[0].GetString()! : pattern.GetString()!
               select (provider.GetProperty("id").GetString()!, model.GetProperty("id").GetString()!, text),
        ];
    }
}
