using System.Text.Json;

namespace LlmTelemetry.Service.Tests;

/// <summary>What costs the most, from a real ledger, at noon of 22 November 2026.</summary>
public sealed class TopCommandTests : IDisposable
{
    private static readonly DateTimeOffset Yesterday = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Top_users_of_this_month_come_with_what_the_others_have_and_the_total()
    {
        await FillAsync();

        Assert.Equal(
            (0, """
            2026-11-01 to 2026-11-30 (UTC)

            user     calls  failed  input  cached  output  cost USD  unpriced  unmeasured  avg s
            -------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            bob          2       0  4,000       0       0  0.012000         0           0   0.50
            ada          1       0  3,000       0       0  0.009000         0           0   0.50
            (other)      2       0  2,500       0       0  0.007500         0           0   0.50
            -------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            total        5       0  9,500       0       0  0.028500         0           0   0.50
            Unpriced: 0 % of the calls, 0 % of the tokens.

            """, ""),
            await _cli.RunAsync("top", "user", "--count", "2", "--store", Store));
    }

    [Fact]
    public async Task Top_of_today_leaves_out_yesterday_and_names_who_did_not_say()
    {
        await FillAsync();

        var (exitCode, output, _) = await _cli.RunAsync("top", "user", "--today", "--format", "csv", "--store", Store);

        Assert.Equal(0, exitCode);
        Assert.Equal(["user", "ada", "", "bob"], output.TrimEnd().Split('\n').Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task Json_has_the_rows_the_others_and_the_total()
    {
        await FillAsync();

        var (exitCode, output, _) = await _cli.RunAsync("top", "model", "--from", "2026-11-21", "--to", "2026-11-22", "--count", "1", "--format", "json", "--store", Store);

        Assert.Equal(0, exitCode);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("claude-sonnet-4-5", json.RootElement.GetProperty("rows")[0].GetProperty("model").GetString());
        Assert.False(json.RootElement.GetProperty("rows")[0].GetProperty("other").GetBoolean());
        Assert.Equal(0.0285m, json.RootElement.GetProperty("total").GetProperty("cost").GetDecimal());
    }

    [Theory]
    [InlineData("2", "top", "day")]
    [InlineData("'colour'", "top", "colour")]
    [InlineData("--count", "top", "user", "--count", "0")]
    [InlineData("--count", "top", "user", "--count", "many")]
    [InlineData("--today", "top", "user", "--today", "--month")]
    [InlineData("--today", "top", "user", "--today", "--from", "2026-11-01")]
    public async Task What_cannot_be_answered_is_said_and_exits_with_2(string named, params string[] arguments)
    {
        await FillAsync();

        var (exitCode, output, error) = await _cli.RunAsync([.. arguments, "--store", Store]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.True(named == "2" || error.Contains(named, StringComparison.Ordinal), error);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private Task FillAsync() => Ledger.FillAsync(
        Store, null,
        Ledger.Call("ada", 3_000), Ledger.Call("bob", 1_000), Ledger.Call("bob", 3_000, at: Yesterday), Ledger.Call(null, 1_500), Ledger.Call("eve", 1_000, at: Yesterday));
}
