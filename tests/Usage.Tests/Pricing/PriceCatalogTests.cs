using System.Diagnostics;
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

        Assert.InRange(checkedNames, 800, 2_000);
    }

    [Fact]
    public void Every_entry_can_be_found()
    {
        var found = Patterns()
            .Where(p => PriceBook.Embedded.Quote(p.Provider, p.Pattern.Trim('*', '~'), default, default)?.Model == p.Model)
            .Select(p => (p.Provider, p.Model));

        Assert.Equal([], Patterns().Select(p => (p.Provider, p.Model)).Except(found));
    }

    [Fact]
    public async Task Catalog_is_what_the_script_makes_of_the_price_facts()
    {
        var root = Folders(AppContext.BaseDirectory).FirstOrDefault(f => File.Exists(Path.Combine(f, "Telemetry.sln")));
        var facts = root is null ? null : Folders(root).Select(f => Path.Combine(f, "shared", "data", "price-facts.json")).FirstOrDefault(File.Exists);
        if (root is null || facts is null)
        {
            Assert.Skip("shared/data/price-facts.json is not beside this clone");
        }

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["run", "scripts/make-prices.cs", "--", facts])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var made = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(script.ExitCode == 0, await errors);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(root, "src", "Usage", "Pricing", "prices.json"), TestContext.Current.CancellationToken), made);
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

    private static IEnumerable<string> Folders(string path)
    {
        for (var folder = new DirectoryInfo(path); folder is not null; folder = folder.Parent)
        {
            yield return folder.FullName;
        }
    }
}
