using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-doctor-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Healthy_ledger_has_no_failure_and_is_left_as_it_was()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada"));
        var before = await redis.CommandAsync("DBSIZE");

        var (findings, _) = await RunAsync("--store", redis.Address);

        Assert.Equal("ok", findings["writes"].Status);
        Assert.Equal("ok", findings["store"].Status);
        Assert.Equal("ok", findings["unpriced"].Status);
        Assert.Equal("ok", findings["exporters"].Status);
        Assert.Contains("Redis 7", findings["server"].Text, StringComparison.Ordinal);
        Assert.Equal(before, await redis.CommandAsync("DBSIZE"));
    }

    [Fact]
    public async Task Exporter_that_died_and_a_store_that_takes_no_write_are_told()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada"));

        // As an exporter writes it: host, process, Unix milliseconds, interval, journal.
        await redis.CommandAsync("HSET", "llm:beats", "gone-1", "1795300000 60 =gone-1|=web-3|=4711|=1795300000000|=10000|=0");
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");

        var (findings, exitCode) = await RunAsync("--store", redis.Address);

        Assert.Equal(1, exitCode);
        Assert.Equal("fail", findings["writes"].Status);
        Assert.Equal("warn", findings["exporters"].Status);
        Assert.Contains("4711 on web-3", findings["exporters"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_and_wrong_settings_are_told_by_their_names()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        _cli.Environment["LlmTelemetry__Stroe"] = "sqlite:elsewhere.db";
        var (findings, _) = await RunAsync("--store", Store);
        Assert.Equal("warn", findings["configuration"].Status);
        Assert.Contains("LlmTelemetry__Stroe", findings["configuration"].Text, StringComparison.Ordinal);

        _cli.Environment["LlmTelemetry__DayRetention"] = "400";
        (findings, var exitCode) = await RunAsync("--store", Store);
        Assert.Equal(1, exitCode);
        Assert.Equal("fail", Assert.Single(findings).Value.Status);
        Assert.Contains("DayRetention", findings["configuration"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_and_wrong_settings_of_budgets_are_told_by_their_names()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        _cli.Environment["LlmTelemetry__Budgets__HoldLifetme"] = "00:05:00";
        var (findings, exitCode) = await RunAsync("--store", Store);
        Assert.Equal((0, "warn"), (exitCode, findings["configuration"].Status));
        Assert.StartsWith("LlmTelemetry__Budgets__HoldLifetme is not a setting", findings["configuration"].Text, StringComparison.Ordinal);

        _cli.Environment.Clear();
        _cli.Environment["LlmTelemetry__Budgets__Limits__0__Amount"] = "5";
        (findings, exitCode) = await RunAsync("--store", Store);
        Assert.Equal((0, "ok"), (exitCode, findings["configuration"].Status));

        _cli.Environment["LlmTelemetry__Budgets__Limits__0__Unit"] = "dollar";
        (findings, exitCode) = await RunAsync("--store", Store);
        Assert.Equal((1, "fail", "ok"), (exitCode, findings["configuration"].Status, findings["store"].Status));
        Assert.Contains("LlmTelemetry:Budgets:Limits:0:Unit: 'dollar'", findings["configuration"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_without_a_price_and_retention_that_does_not_fit_are_warned_of()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", model: "secret-model"), Ledger.Call("ada"));
        _cli.Environment["LlmTelemetry__HourRetention"] = "500.00:00:00";

        var (findings, _) = await RunAsync("--store", Store);

        Assert.Equal(("warn", "warn"), (findings["unpriced"].Status, findings["retention"].Status));
        Assert.StartsWith("1 of 2 calls", findings["unpriced"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ledger_that_is_not_there_fails_with_what_to_do()
    {
        var (exitCode, output, error) = await _cli.RunAsync("doctor", "--store", Store);

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains("fail  store", output, StringComparison.Ordinal);
        Assert.Contains("LlmTelemetry__Store", output, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
    }

    // The last finding of each check.
    private async Task<(Dictionary<string, (string Status, string Text)> Findings, int ExitCode)> RunAsync(params string[] arguments)
    {
        var (exitCode, output, _) = await _cli.RunAsync(["doctor", "--format", "json", .. arguments]);
        using var json = JsonDocument.Parse(output);
        var findings = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (var finding in json.RootElement.EnumerateArray())
        {
            findings[finding.GetProperty("check").GetString()!] = (finding.GetProperty("status").GetString()!, finding.GetProperty("text").GetString()!);
        }

        return (findings, exitCode);
    }
}
