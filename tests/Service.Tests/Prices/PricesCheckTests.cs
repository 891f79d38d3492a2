using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

public sealed class PricesCheckTests : IDisposable
{
    private readonly Cli _cli = new();
    private readonly PriceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Embedded_prices_are_plausible()
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", Repository.PathOf("src/Usage/Pricing/prices.json"));

        Assert.True(exitCode == 0, output);
        Assert.Contains("0 errors", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"input": 2.5, "cache_read": 5, "output": 10}""", "error: line 10: acme/m: cache_read costs 5, more than input at 2.5")]
    [InlineData("""{"input": 2500, "output": 10}""", "error: line 10: acme/m: input costs 2500 USD for 1,000,000, outside 0.0001 to 300: is it 1,000 times off?")]
    [InlineData("""{"input": 0.0000025, "output": 0.00001}""", "error: line 10: acme/m: input costs 0.0000025 USD for 1,000,000, outside 0.0001 to 300: is it 1,000 times off?")]
    [InlineData("""{"input": 0.00000001}""", "is it 1,000,000 times off?")]
    [InlineData("""{"input": 1, "output": 1000}""", "input costs 1 and output 1000: is one of them in another unit?")]
    [InlineData("""{"input": 1, "output": 2, "web_search": 1000}""", "web_search costs 1000 USD for 1,000, outside 0.01 to 200")]
    [InlineData("""{"input_audio_second": 0.0001}""", "input_audio_second costs 0.0001 USD for 3,600")]
    [InlineData("""{"image": {"1024x1024": 0.04}}""", "image 1024x1024 costs 0.04 USD for 1,000, outside 0.05")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"batch": 2}}""", "input costs 2 in batch, more than 1 in the standard tier (batch)")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"flex": {"output": 3}}}""", "output costs 3 in flex, more than 2 in the standard tier (flex)")]
    [InlineData("""{"input": 1, "output": 2, "tiers": [{"above": 200000, "input": 2, "cache_read": 3}]}""", "cache_read costs 3, more than input at 2 (above 200000)")]
    [InlineData("""{"from": "2026-08-17", "at": ["mon-fri 01:00-04:00"], "input": 1, "cache_read": 2}""", "more than input at 1 (from 2026-08-17, at mon-fri 01:00-04:00 UTC)")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"batch": {"input": 0.5, "tiers": [{"above": 9, "input": 1}]}}, "tiers": [{"above": 9, "input": 0.9}]}""", "input costs 1 in batch, more than 0.9 in the standard tier (batch, above 9)")]
    public async Task Price_that_no_provider_charges_fails_the_check(string set, string message)
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", _folder.Write("p.json", Model("m", set)));

        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.Contains("error: line 10: acme/m: ", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("""{"input": 2, "output": 1}""", "output costs 1, less than input at 2")]
    [InlineData("""{"input": 0, "output": 1}""", "input is free and output is not")]
    [InlineData("""{"input": 1, "output": 0}""", "output is free and input is not")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"priority": 0.5}}""", "input costs 0.5 in priority, less than 1")]
    [InlineData("""{"input": 10, "cache_read": 2.5, "output": 40, "service_tiers": {"batch": {"times": 0.5, "cache_read": 5}}}""", "cache_read costs 5 in batch, more than 2.5")]
    public async Task Price_that_few_charge_is_a_warning(string set, string message)
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", _folder.Write("p.json", Model("m", set)));

        Assert.Contains("warning: line 10: acme/m: " + message, output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"input": 0, "output": 0}""")]
    [InlineData("""{"input": 1, "cache_read": 0.1, "cache_write_5m": 1.25, "output": 5, "service_tiers": {"batch": 0.5, "fast": 6}, "regions": {"us": 1.1}}""")]
    public async Task Free_and_usual_prices_pass(string set)
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", _folder.Write("p.json", Model("m", set)));

        Assert.EndsWith("0 errors, 0 warnings\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Schema_error_fails_the_check_with_line_and_entry()
    {
        var file = _folder.Write("p.json", Model("m", """{"input": 1}"""), Model("n", """{"inptu": 1}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", file);

        Assert.Contains("line 11: acme/n: unknown field inptu", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task File_that_is_not_there_is_trouble_in_one_line()
    {
        var (exitCode, _, error) = await _cli.RunAsync("prices", "check", _folder.PathOf("nothing.json"));

        Assert.Contains("nothing.json", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(10.01, 1)]
    [InlineData(0.0999, 1)]
    [InlineData(0, 1)]
    public async Task Price_more_than_ten_times_the_one_before_fails_the_check(double usd, int expected)
    {
        var before = _folder.Write("before.json", Model("m", """{"input": 1}"""));
        var after = _folder.Write("after.json", Model("m", $$"""{"input": {{usd.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", after, "--previous", before);

        Assert.Equal(expected, exitCode);
        Assert.Equal(expected == 1, output.Contains("more than 10 times apart", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("acme/m")]
    [InlineData("acme/*")]
    public async Task Jump_that_is_allowed_is_a_warning(string allowed)
    {
        var before = _folder.Write("before.json", Model("m", """{"input": 1}"""));
        var after = _folder.Write("after.json", Model("m", """{"input": 20}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", after, "--previous", before, "--allow", allowed);

        Assert.Contains("warning: line 10: acme/m: input costs 20, and 1 in ", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
        Assert.Equal(1, (await _cli.RunAsync("prices", "check", after, "--previous", before, "--allow", "acme/other")).ExitCode);
    }

    [Fact]
    public async Task Embedded_book_is_what_prices_are_compared_with_by_default()
    {
        var file = _folder.WriteText("p.json", """
            {"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "x", "providers": [{"id": "openai", "models": [{"id": "gpt-4o", "match": ["gpt-4o"], "prices": [{"input": 250, "output": 1000}]}]}]}
            """);
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", file);

        Assert.Contains("openai/gpt-4o: input costs 250, and 2.5 in the embedded book: more than 10 times apart", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("""{"input": 1, "output": 2, "regions": {"us": 11}}""", "error: line 10: acme/m: region us multiplies by 11, outside 0.5 to 2")]
    [InlineData("""{"input": 1, "output": 2, "regions": {"us": 1.1, "*": 0.11}}""", "error: line 10: acme/m: region * multiplies by 0.11, outside 0.5 to 2")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"priority": 12}}""", "error: line 10: acme/m: input costs 12, and 1 in the standard tier: more than 10 times apart (priority)")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"batch": {"input": 0.5, "output": 0.1}}}""", "error: line 10: acme/m: output costs 0.1, and 2 in the standard tier: more than 10 times apart (batch)")]
    [InlineData("""{"input": 1, "output": 2, "service_tiers": {"batch": 0}}""", "warning: line 10: acme/m: output costs 0, and 2 in the standard tier: more than 10 times apart (batch)")]
    [InlineData("""{"input": 1, "output": 2}, {"from": "2027-01-01", "input": 11, "output": 20}""", "error: line 10: acme/m: input costs 11, and 1 without conditions: more than 10 times apart (from 2027-01-01)")]
    [InlineData("""{"input": 1, "output": 2}, {"at": ["sat,sun"], "input": 0.05}""", "error: line 10: acme/m: input costs 0.05, and 1 without conditions: more than 10 times apart (at sat,sun UTC)")]
    [InlineData("""{"input": 1, "output": 2, "tiers": [{"above": 32000, "input": 11}, {"above": 64000, "input": 3}]}""", "warning: line 10: acme/m: input costs 11, and 1 without conditions: more than 10 times apart (above 32000)")]
    public async Task Slip_shows_in_a_region_a_tier_and_at_another_time(string sets, string finding)
    {
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", _folder.Write("p.json", Model("m", sets)));

        Assert.Contains(finding, output.Split('\n'));
        Assert.Equal(finding.StartsWith("error", StringComparison.Ordinal) ? 1 : 0, exitCode);
    }

    [Fact]
    public async Task Multipliers_that_providers_have_are_no_findings()
    {
        var file = _folder.Write("p.json", Model("m", """{"input": 1, "cache_read": 0.1, "output": 2, "service_tiers": {"fast": 6, "batch": 0.5, "flex": 0.25}, "regions": {"us": 1.1, "global": 1}}, {"from": "2027-01-01", "input": 0.2}"""));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", file);

        Assert.EndsWith("0 errors, 0 warnings\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    // The two fixtures agree on all models that both have but one: the cached input of Claude Haiku 4.5.
    [Fact]
    public async Task Two_sources_disagree_where_it_was_planted_and_nowhere_else()
    {
        var (modelsDev, genai) = (PriceFolder.Feed("models-dev"), PriceFolder.Feed("genai-prices"));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", modelsDev, "--against", genai);

        Assert.Equal(
            [$"error: anthropic/claude-haiku-4-5: cache_read costs 0.12 in {modelsDev} and 0.1 in {genai}"],
            output.Split('\n').Where(line => line.StartsWith("error", StringComparison.Ordinal)));
        Assert.Contains($"15 models agree, 1 differ, 8 are only in {modelsDev}, 13 only in {genai}", output, StringComparison.Ordinal);
        Assert.Contains($"only in {genai}: openai/whisper-1", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Equal(0, (await _cli.RunAsync("prices", "check", modelsDev, "--against", genai, "--tolerance", "20")).ExitCode);
        Assert.Equal(0, (await _cli.RunAsync("prices", "check", modelsDev, "--against", genai, "--allow", "anthropic/claude-haiku-4-5")).ExitCode);
    }

    [Theory]
    [InlineData("""{"input": 1, "tiers": [{"above": 200000, "input": 2}]}""", """{"input": 1, "tiers": [{"above": 200000, "input": 3}]}""", "input of a long context costs 2 in ")]
    [InlineData("""{"input": 1, "service_tiers": {"batch": 0.5}}""", """{"input": 1, "service_tiers": {"batch": 0.6}}""", "input in batch costs 0.5 in ")]
    [InlineData("""{"web_search": 10}""", """{"web_search": 14}""", "web_search costs 10 in ")]
    [InlineData("""{"image": {"1x1": 10, "2x2": 20, "*": 5}}""", """{"image": {"1x1": 11, "2x2": 20, "3x3": 30, "*": 5}}""", "image 1x1 costs 10 in ")]
    [InlineData("""{"image": {"1x1": 10, "*": 5}}""", """{"image": {"1x1": 10, "*": 6}}""", "image costs 5 in ")]
    [InlineData("""{"image": {"1x1": 10}}""", """{"image": 11}""", "image 1x1 costs 10 in ")]
    public async Task Sources_are_compared_in_every_tier(string one, string other, string difference)
    {
        var (left, right) = (_folder.Write("one.json", Model("m", one)), _folder.Write("other.json", Model("other-id", other, "m")));
        var (exitCode, output, _) = await _cli.RunAsync("prices", "check", left, "--against", right);

        Assert.Contains("acme/m: " + difference, Assert.Single(output.Split('\n'), line => line.StartsWith("error", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task What_is_left_out_of_a_feed_is_told()
    {
        var (_, output, _) = await _cli.RunAsync("prices", "check", PriceFolder.Feed("litellm"));

        Assert.Contains(": litellm, 30 models, 1 without prices, ", output, StringComparison.Ordinal);
        Assert.Contains("note: odd-keys: input_cost_per_hologram has no place in a price file", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prices", "check")]
    [InlineData("prices", "check", "a", "--tolerance", "-1")]
    [InlineData("prices", "check", "a", "--tolerance", "much")]
    [InlineData("prices", "check", "")]
    [InlineData("prices", "check", "a", "--against", " ")]
    [InlineData("prices", "diff", "a", "")]
    [InlineData("prices", "update", "--from", "", "--output", "a")]
    [InlineData("prices", "update", "--from", "a", "--output", "")]
    [InlineData("prices", "chekc", "a")]
    [InlineData("prices")]
    public async Task Wrong_arguments_are_told_in_one_line(params string[] arguments)
    {
        var (exitCode, _, error) = await _cli.RunAsync(arguments);

        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, exitCode);
    }

    private static string Model(string id, string set, string? name = null) => $$"""{"id": "{{id}}", "match": ["{{name ?? id}}"], "prices": [{{set}}]}""";
}
