using System.Text.Json;

namespace LlmTelemetry.Service.Tests;

public sealed class PricesDiffTests : IDisposable
{
    private readonly Cli _cli = new();
    private readonly PriceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Same_prices_are_no_difference_whatever_their_spelling()
    {
        var old = _folder.Write("old.json", Model("m", """{"input": 1.50, "output": 2}"""));
        var @new = _folder.Write("new.json", Model("m", """{"output": 2.0, "input": 1.5}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "diff", old, @new);

        Assert.StartsWith("No price differs", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Each_change_is_a_line_with_its_condition_and_percent()
    {
        var old = _folder.Write(
            "old.json",
            Model("gone", """{"input": 1}"""),
            Model("m", """{"input": 2, "output": 8, "tiers": [{"above": 200000, "input": 4}], "service_tiers": {"batch": 0.5}}, {"from": "2026-08-17", "input": 3}"""));
        var @new = _folder.Write(
            "new.json",
            Model("m", """{"input": 2.5, "tiers": [{"above": 200000, "input": 3}], "service_tiers": {"batch": 0.6}, "regions": {"us": 1.1}}, {"from": "2026-08-17", "input": 3}"""),
            Model("fresh", """{"image": {"1024x1024": 40, "*": 80}}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "diff", old, @new);

        Assert.Equal(
            [
                "change | model | price | old | new | percent",
                "removed | acme/gone",
                "added | acme/fresh | image * | 80",
                "added | acme/fresh | image 1024x1024 | 40",
                "changed | acme/m | above 200000: input | 4 | 3 | -25",
                "changed | acme/m | batch: times | 0.5 | 0.6 | +20",
                "changed | acme/m | input | 2 | 2.5 | +25",
                "changed | acme/m | output | 8",
                "changed | acme/m | region us | 1.1",
                "1 removed, 1 added, 1 changed",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '-').Select(Cells));
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Json_has_the_same_changes()
    {
        var old = _folder.Write("old.json", Model("gone", "{}"), Model("m", """{"input": 2, "output": 1}"""));
        var @new = _folder.Write("new.json", Model("m", """{"input": 2.5, "cache_read": 0.25, "output": 1}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "diff", old, @new, "--json");
        using var json = JsonDocument.Parse(output);
        var changed = json.RootElement.GetProperty("changed");

        Assert.Equal("acme/gone", json.RootElement.GetProperty("removed")[0].GetProperty("model").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("added").GetArrayLength());
        Assert.Equal("cache_read", changed[0].GetProperty("price").GetString());
        Assert.Equal(JsonValueKind.Null, changed[0].GetProperty("old").ValueKind);
        Assert.Equal(2.5m, changed[1].GetProperty("new").GetDecimal());
        Assert.Equal(25m, changed[1].GetProperty("percent").GetDecimal());
        Assert.StartsWith("2026-11-22.", json.RootElement.GetProperty("new").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Entry_with_the_prices_of_another_changes_with_it()
    {
        const string Alias = """{"id": "alias", "match": ["alias"], "prices_of": "acme/m"}""";
        var (exitCode, output, _) = await _cli.RunAsync(
            "prices", "diff", _folder.Write("old.json", Model("m", """{"input": 1}"""), Alias), _folder.Write("new.json", Model("m", """{"input": 2}"""), Alias));

        Assert.Contains("changed | acme/alias | input | 1 | 2 | +100", output.Split('\n').Select(Cells));
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Byte_order_mark_is_no_difference()
    {
        var old = _folder.Write("old.json", Model("m", """{"input": 1}"""));
        var @new = _folder.WriteText("new.json", "\uFEFF" + await File.ReadAllTextAsync(old, TestContext.Current.CancellationToken));

        Assert.Equal(0, (await _cli.RunAsync("prices", "diff", old, @new)).ExitCode);
    }

    [Fact]
    public async Task Free_model_that_gets_a_price_has_changed()
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "diff", _folder.Write("old.json", Model("m", "{}")), _folder.Write("new.json", Model("m", """{"input": 1}""")));

        Assert.Contains("changed | acme/m | free | 0", output.Split('\n').Select(Cells));
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Feeds_are_compared_like_price_files()
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "diff", PriceFolder.Feed("genai-prices"), PriceFolder.Feed("models-dev"));

        Assert.Contains("changed | anthropic/claude-haiku-4-5 | cache_read | 0.1 | 0.12 | +20", output.Split('\n').Select(Cells));
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("nothing.json")]
    [InlineData("bad.json")]
    public async Task File_that_cannot_be_read_is_trouble(string name)
    {
        _folder.WriteText("bad.json", "{");
        var (exitCode, output, error) = await _cli.RunAsync("prices", "diff", _folder.Write("old.json", Model("m", "{}")), _folder.PathOf(name));

        Assert.Contains(name, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Equal(2, exitCode);
    }

    private static string Model(string id, string sets) => $$"""{"id": "{{id}}", "match": ["{{id}}"], "prices": [{{sets}}]}""";

    private static string Cells(string line) => string.Join(" | ", line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
