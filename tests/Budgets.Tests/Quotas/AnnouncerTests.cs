using System.Net;
using System.Net.Sockets;
using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets.Tests;

public sealed class AnnouncerTests
{
    private static readonly BudgetLimit Daily = new("daily", BudgetUnit.Usd, 5, BudgetWindow.Day, BudgetScope.User);

    private readonly ManualTime _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Limits_are_announced_at_the_start_and_anew_each_hour()
    {
        await using var test = Guard(new FlakyLedger(_time), Daily);
        await using var announcer = Announcer.Start(test.Guard, test.Log);
        await AnnouncedAsync(test, "daily");
        var first = (await test.Ledger.AnnouncedAsync(Stop))["daily"];

        await Eventually.HoldsAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(30));
                return (await test.Ledger.AnnouncedAsync(Stop))["daily"] != first;
            },
            "it is announced again");
        Assert.Contains("tier.tokens_per_hour", (await test.Ledger.AnnouncedAsync(Stop)).Keys);
    }

    [Fact]
    public async Task A_change_is_announced_at_once_and_what_is_gone_is_not_listed_any_more()
    {
        await using var test = Guard(new FlakyLedger(_time), Daily, Daily with { Name = "old", Per = BudgetScope.Global });
        await using var announcer = Announcer.Start(test.Guard, test.Log);
        await AnnouncedAsync(test, "old");

        test.Guard.Change(new BudgetOptions { TimeProvider = _time, Limits = { Daily with { Amount = 7 }, Daily with { Name = "new" } } });
        announcer.Changed();
        await AnnouncedAsync(test, "new");

        Assert.Contains("\"7\"", (await test.Ledger.AnnouncedAsync(Stop))["daily"], StringComparison.Ordinal);
        Assert.DoesNotContain(await test.Guard.ListAsync(cancellationToken: Stop), state => state.Name == "old");
        Assert.DoesNotContain(test.Log.Lines, line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task The_later_of_two_processes_that_differ_says_so()
    {
        var ledger = new FlakyLedger(_time);
        await using var one = Guard(ledger, Daily);
        await using var first = Announcer.Start(one.Guard, one.Log);
        await AnnouncedAsync(one, "daily");
        await using var other = new GuardUnderTest(ledger, _time, options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), Daily);
        await using var second = Announcer.Start(other.Guard, other.Log);
        await using var same = Guard(ledger, Daily with { Name = "another" });
        await using var third = Announcer.Start(same.Guard, same.Log);
        await AnnouncedAsync(same, "another");

        await Eventually.HoldsAsync(() => Task.FromResult(other.Log.Lines.Any(line => line.Level == LogLevel.Warning && line.Text.StartsWith("Limit daily", StringComparison.Ordinal))), "it is said");
        Assert.DoesNotContain(same.Log.Lines, line => line.Text.StartsWith("Limit another", StringComparison.Ordinal));
        Assert.DoesNotContain(one.Log.Lines, line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task A_process_without_the_limits_lists_resets_and_overrides_those_that_are_announced()
    {
        var ledger = new FlakyLedger(_time);
        await using var app = Guard(ledger, Daily);
        await using var announcer = Announcer.Start(app.Guard, app.Log);
        await AnnouncedAsync(app, "daily");
        await app.Guard.ChargeAsync("ada", 1, 2, cancellationToken: Stop);
        await using var reader = new GuardUnderTest(ledger, _time, options => options.Tiers.Clear());

        Assert.Equal([("daily", "ada", 2m, 5m)], (await reader.Guard.ListAsync("daily", cancellationToken: Stop)).Select(state => (state.Name, state.Subject, state.Used, state.Limit!.Value)));
        await reader.Guard.SetLimitAsync("daily", "ada", 9, Stop);
        Assert.Equal(9, (await app.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Limit);
        await reader.Guard.ResetAsync("daily", "ada", Stop);
        Assert.Equal(0, (await app.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Used);
    }

    [Fact]
    public async Task The_command_lines_door_knows_announced_limits_and_tiers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = BudgetGuard.Start(options =>
        {
            (options.Store, options.DefaultTier, options.TimeZone) = (redis.Address, "team", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
            options.Limits.Add(Daily);
            options.Tiers["team"] = new BudgetTier { TokensPerDay = 77, UsdPerMonth = 2.5m, SessionLength = TimeSpan.FromMinutes(90) };
        });
        await Eventually.HoldsAsync(async () => (await app.Ledger.AnnouncedAsync(Stop)).Count > 0, "it is announced");
        await app.ChargeAsync("ada", 7, 1.5m, cancellationToken: Stop);

        await using var reader = await BudgetReader.OpenAsync(new CostExporterOptions { Store = redis.Address }, cancellationToken: Stop);

        var (there, here) = (await app.GetQuotaAsync("ada", cancellationToken: Stop), await reader.GetQuotaAsync("ada", cancellationToken: Stop));
        Assert.Equal(("team", 7m, 77m), (here.Tier, here.Limits.Single(limit => limit.Name == "tier.tokens_per_day").Used, here.Limits.Single(limit => limit.Name == "tier.tokens_per_day").Limit));
        Assert.Equal(there.Limits.OrderBy(limit => limit.Name), here.Limits.OrderBy(limit => limit.Name));
        Assert.Equal((await app.ListAsync(cancellationToken: Stop)).OrderBy(state => state.Name), (await reader.ListAsync(cancellationToken: Stop)).OrderBy(state => state.Name));
        Assert.Equal(TimeSpan.FromMinutes(90), reader.Options.Tiers["team"].SessionLength);
    }

    [Fact]
    public async Task The_command_lines_door_says_where_a_store_cannot_be_reached() => await Assert.ThrowsAnyAsync<Exception>(() => BudgetReader.OpenAsync(
        new CostExporterOptions { Store = $"redis://127.0.0.1:{Server.FreePort()}", StoreTimeout = TimeSpan.FromSeconds(1) }, cancellationToken: Stop));

    [Fact]
    public async Task The_command_lines_door_names_a_store_that_does_not_answer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";

        var cause = await Assert.ThrowsAnyAsync<Exception>(() => BudgetReader.OpenAsync(
            new CostExporterOptions { Store = $"redis://{address}", StoreTimeout = TimeSpan.FromMilliseconds(200) }, cancellationToken: Stop));

        Assert.True(cause is TimeoutException or IOException, cause.ToString()); // Who is first: our time limit, or the client that gives up on the greeting.
        Assert.Contains(address, cause.Message, StringComparison.Ordinal);
    }

    private GuardUnderTest Guard(FlakyLedger ledger, params BudgetLimit[] limits) => new(ledger, _time, _ => { }, limits);

    private static Task AnnouncedAsync(GuardUnderTest test, string name) =>
        Eventually.HoldsAsync(async () => (await test.Ledger.AnnouncedAsync(Stop)).ContainsKey(name), $"{name} is announced");
}
