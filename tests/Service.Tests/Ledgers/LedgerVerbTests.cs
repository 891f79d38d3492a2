using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests.Ledgers;

public sealed class LedgerVerbTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Erase_says_what_it_found_and_leaves_the_bill_as_it_was()
    {
        await FillAsync(Ledger.Call("ada", 3_000), Ledger.Call("bob"));

        // One row of an hour, a day and a month.
        Assert.Equal((0, "The user 'ada' is erased: 3 rows and sessions, 1 records.\n", ""), await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", Store));
        Assert.Equal((0, "There was nothing of the user 'ada'.\n", ""), await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", Store));

        var lines = (await _cli.RunAsync("report", "--by", "user", "--format", "csv", "--store", Store)).Output.Split('\n');
        Assert.StartsWith("_erased,1,", lines[1], StringComparison.Ordinal);
        Assert.Contains("0.009000", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("bob,1,", lines[2], StringComparison.Ordinal);

        // In quotes: the ids of records are hexadecimal, and now and then one has these three digits.
        var records = (await _cli.RunAsync("records", "--format", "jsonl", "--store", Store)).Output;
        Assert.Contains("\"bob\"", records, StringComparison.Ordinal);
        Assert.DoesNotContain("\"ada\"", records, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("erase", "--user", "ada")]
    [InlineData("prune", "--before", "2026-11-22")]
    [InlineData("clear")]
    public async Task Nothing_is_taken_away_unless_somebody_said_so(params string[] verb)
    {
        await FillAsync(Ledger.Call("ada"));

        var (exitCode, output, error) = await _cli.RunAsync([.. verb, "--store", Store]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("--yes", error, StringComparison.Ordinal);

        _cli.CanAsk = true;
        _cli.Input = "n\n";
        Assert.Equal(2, (await _cli.RunAsync([.. verb, "--store", Store])).ExitCode);
        Assert.Contains("ada", (await _cli.RunAsync("report", "--by", "user", "--store", Store)).Output, StringComparison.Ordinal);

        _cli.Input = "y\n";
        Assert.Equal(0, (await _cli.RunAsync([.. verb, "--store", Store])).ExitCode);
    }

    [Fact]
    public async Task Prune_deletes_what_it_names_and_nothing_else()
    {
        await FillAsync(Ledger.Call("ada"), Ledger.Call("ada", at: Noon.AddDays(-3)));

        Assert.Equal((0, "1 records before 2026-11-22 are deleted.\n", ""), await _cli.RunAsync("prune", "--before", "2026-11-22", "--yes", "--store", Store));
        Assert.Equal((0, "1 rows of days before 2026-11-22 are deleted.\n", ""), await _cli.RunAsync("prune", "--before", "2026-11-22", "--what", "days", "--yes", "--store", Store));

        Assert.Single((await _cli.RunAsync("records", "--format", "jsonl", "--store", Store)).Output.TrimEnd().Split('\n'));
        Assert.Equal(["day", "2026-11-22"], (await _cli.RunAsync("report", "--by", "day", "--format", "csv", "--store", Store)).Output.TrimEnd().Split('\n').Select(line => line.Split(',')[0]));

        Assert.Contains("Complete since 2026-11-22", (await _cli.RunAsync("report", "--by", "day", "--store", Store)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Complete since", (await _cli.RunAsync("report", "--month", "--store", Store)).Output, StringComparison.Ordinal);

        // Hours are kept by themselves.
        Assert.Equal((0, "1 rows of hours before 2026-11-22 are deleted.\n", ""), await _cli.RunAsync("prune", "--before", "2026-11-22", "--what", "hours", "--yes", "--store", Store));
        var (exitCode, _, error) = await _cli.RunAsync("report", "--by", "session", "--from", "2026-11-21", "--store", Store);
        Assert.Equal(2, exitCode);
        Assert.Contains("2026-11-22", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clear_leaves_an_empty_ledger()
    {
        await FillAsync(Ledger.Call("ada"), Ledger.Call("bob"));

        Assert.Equal((0, "The ledger is empty; 2 records were deleted.\n", ""), await _cli.RunAsync("clear", "--yes", "--store", Store));
        Assert.DoesNotContain("ada", (await _cli.RunAsync("report", "--by", "user", "--store", Store)).Output, StringComparison.Ordinal);
        Assert.Equal((0, "There are no records of that.\n", ""), await _cli.RunAsync("records", "--store", Store));
    }

    [Fact]
    public async Task Redis_is_erased_pruned_and_cleared_as_the_file_is()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada", 3_000), Ledger.Call("bob"));

        Assert.Equal((0, "The user 'ada' is erased: 3 rows and sessions, 1 records.\n", ""), await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", redis.Address));
        Assert.Contains("_erased", (await _cli.RunAsync("report", "--by", "user", "--store", redis.Address)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("clear", "--yes", "--store", redis.Address)).ExitCode);
        Assert.Equal(":0\r\n", await redis.CommandAsync("DBSIZE"));
    }

    [Theory]
    [InlineData("erase", "--user", "_erased", "--yes")]
    [InlineData("erase", "--yes")]
    [InlineData("prune", "--before", "yesterday", "--yes")]
    [InlineData("prune", "--before", "2026-11-22", "--what", "years", "--yes")]
    [InlineData("records", "--limit", "0")]
    [InlineData("records", "--limit", "10001")]
    [InlineData("records", "--from", "2026-11-01T12:00:00")]
    [InlineData("export", "--what", "usage", "--success", "true")]
    [InlineData("export", "--by", "user")]
    [InlineData("export", "--out", "usage-{day}.csv")]
    [InlineData("export", "--daily", "--out", "usage.csv")]
    [InlineData("export", "--webhook", "https://example.test/")]
    [InlineData("export", "--daily", "--out", "u-{date}.csv", "--webhook", "http://example.test/secret")]
    [InlineData("export", "--daily", "--out", "u-{date}.csv", "--webhook", "https://ada:secret@example.test/")]
    [InlineData("export", "--daily", "--out", "u-{date}.csv", "--delay", "5")]
    public async Task Wrong_arguments_are_one_line_and_change_nothing(params string[] arguments)
    {
        await FillAsync(Ledger.Call("ada"));

        var (exitCode, output, error) = await _cli.RunAsync([.. arguments, "--store", Store]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("llmtelemetry: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.Contains("ada", (await _cli.RunAsync("report", "--by", "user", "--store", Store)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_are_chosen_by_every_filter_and_read_page_by_page()
    {
        await FillAsync(
            Ledger.Call("ada", at: Noon.AddMinutes(-4)),
            Ledger.Call("bob", at: Noon.AddMinutes(-3), whose: new Attribution("bob", Feature: "chat", Tags: new Dictionary<string, string> { ["plan"] = "gold" })),
            Ledger.Call("ada", at: Noon.AddDays(-1)));

        Assert.Equal(["ada", "ada", "bob"], await UsersAsync("--oldest-first"));
        Assert.Equal(["bob", "ada", "ada"], await UsersAsync());
        Assert.Equal(["bob"], await UsersAsync("--where", "tag:plan=gold", "--where", "feature=chat"));
        Assert.Equal(["bob", "ada"], await UsersAsync("--from", "2026-11-22"));
        Assert.Equal(["ada"], await UsersAsync("--to", "2026-11-21"));
        Assert.Equal(["ada"], await UsersAsync("--from", "2026-11-22", "--to", "2026-11-22T11:56:30Z"));
        Assert.Equal([], await UsersAsync("--success", "false"));
        Assert.Equal([], await UsersAsync("--error-type", "429"));

        using var first = JsonDocument.Parse((await _cli.RunAsync("records", "--limit", "2", "--format", "json", "--store", Store)).Output);
        Assert.Equal(2, first.RootElement.GetProperty("records").GetArrayLength());
        using var second = JsonDocument.Parse((await _cli.RunAsync("records", "--limit", "2", "--after", first.RootElement.GetProperty("next").GetString()!, "--format", "json", "--store", Store)).Output);
        Assert.Equal((1, JsonValueKind.Null), (second.RootElement.GetProperty("records").GetArrayLength(), second.RootElement.GetProperty("next").ValueKind));

        var (_, table, more) = await _cli.RunAsync("records", "--limit", "1", "--store", Store);
        Assert.Contains("2026-11-22 11:57:00  bob   chat     anthropic", table, StringComparison.Ordinal);
        Assert.StartsWith("There are more: --after ", more, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_the_environment_hold_and_wrong_ones_are_named()
    {
        await FillAsync(Ledger.Call("ada"));
        _cli.Environment["LlmTelemetry__Store"] = Store;
        Assert.Equal(0, (await _cli.RunAsync("records")).ExitCode);

        _cli.Environment["LlmTelemetry__Records"] = "none";
        var (exitCode, _, error) = await _cli.RunAsync("records");
        Assert.Equal(1, exitCode);
        Assert.Contains("LlmTelemetry__Records", error, StringComparison.Ordinal);

        _cli.Environment["LlmTelemetry__HourRetention"] = "8";
        (exitCode, _, error) = await _cli.RunAsync("records");
        Assert.Equal(2, exitCode);
        Assert.Contains("HourRetention: '8'", error, StringComparison.Ordinal);
    }

    private static DateTimeOffset Noon => new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private Task FillAsync(params UsageEvent[] calls) => Ledger.FillAsync(Store, null, calls);

    private async Task<List<string?>> UsersAsync(params string[] filters)
    {
        var (exitCode, output, error) = await _cli.RunAsync(["records", "--format", "jsonl", .. filters, "--store", Store]);
        Assert.Equal((0, ""), (exitCode, error));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("user.id").GetString())];
    }
}
