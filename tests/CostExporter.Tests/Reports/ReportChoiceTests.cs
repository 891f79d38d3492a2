using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Which rows a report shows, in what order, and what it says of what the ledger does not keep.</summary>
public sealed class ReportChoiceTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly UsageReportQuery Day = new() { From = Today, To = Today };

    [Fact]
    public async Task Rows_past_the_first_are_summed_as_the_others_and_add_up_to_the_total()
    {
        await using var ledger = await FiveUsersAsync();

        var report = await ledger.QueryAsync(Day with { By = [SpendDimension.User], Top = 2 });

        Assert.Equal([("eve", 16L, false), ("dan", 8L, false), (null, 7L, true)], report.Rows.Select(row => (row[SpendDimension.User], row.InputTokens, row.IsOther)));
        Assert.Equal((31L, 5L), (report.Total.InputTokens, report.Rows.Sum(row => row.Calls)));
        Assert.Contains("(other)", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("\"other\": true", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_rows_as_there_are_leave_no_others()
    {
        await using var ledger = await FiveUsersAsync();

        Assert.Equal([false, false, false, false, false], (await ledger.QueryAsync(Day with { By = [SpendDimension.User], Top = 5 })).Rows.Select(row => row.IsOther));
    }

    [Fact]
    public async Task By_day_the_first_are_those_of_the_whole_range_on_each_day()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon.AddDays(-1), 5, new("ada"));
        ledger.Call(Calls.Noon.AddDays(-1), 4, new("bob"));
        ledger.Call(Calls.Noon.AddDays(-1), 1, new("cleo"));
        ledger.Call(Calls.Noon, 3, new("bob"));
        ledger.Call(Calls.Noon, 1, new("ada"));
        ledger.Call(Calls.Noon, 2, new("cleo"));

        var report = await ledger.QueryAsync(new() { From = Today.AddDays(-1), To = Today, By = [SpendDimension.Day, SpendDimension.User], Top = 1 });

        // bob has 7, ada 6, cleo 3.
        Assert.Equal(
            [("2026-11-21", "bob", 4L, false), ("2026-11-21", null, 6L, true), ("2026-11-22", "bob", 3L, false), ("2026-11-22", null, 3L, true)],
            report.Rows.Select(row => (row[SpendDimension.Day], row[SpendDimension.User], row.InputTokens, row.IsOther)));
        Assert.Contains("\n2026-11-22  (other)", report.ToTable(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UsageReportSort.Cost, "c,b,a")]
    [InlineData(UsageReportSort.Charged, "a,b,c")]
    [InlineData(UsageReportSort.Calls, "b,a,c")]
    [InlineData(UsageReportSort.Tokens, "a,c,b")]
    [InlineData(UsageReportSort.Name, "a,b,c")]
    public async Task Rows_come_in_the_order_asked_for(UsageReportSort sort, string expected)
    {
        await using var store = new RowStore();
        Add("c", 1, 50, 30, null);
        Add("b", 3, 10, 20, 5);
        Add("a", 2, 90, 10, 7);

        var report = await new UsageReports(store, TimeZoneInfo.Utc, new TestKit.ManualTime()).QueryAsync(Day with { By = [SpendDimension.User], Sort = sort }, TestContext.Current.CancellationToken);

        Assert.Equal(expected, string.Join(',', report.Rows.Select(row => row[SpendDimension.User])));

        void Add(string user, long calls, long tokens, long pico, long? charged) => store.Add(
            Today, new("p", "m", user, null, null),
            [(SpendMeasure.Calls, calls), (SpendMeasure.Usage(UsageBucket.Output), tokens), (SpendMeasure.Cost(UsageBucket.Output), pico), .. charged is { } charge ? [(SpendMeasure.Charged, charge), (SpendMeasure.ChargedCalls, 1)] : Array.Empty<(byte, Int128)>()]);
    }

    [Fact]
    public async Task A_choice_that_makes_no_sense_is_refused()
    {
        await using var ledger = await ReportLedger.StartAsync();

        Assert.Equal("Top is 0: ask for at least 1 row.", await ledger.RefusalAsync(Day with { Top = 0 }));
        Assert.Equal("Sort: there is no order 9.", await ledger.RefusalAsync(Day with { Sort = (UsageReportSort)9 }));
    }

    [Fact]
    public async Task What_the_ledger_does_not_keep_is_said_and_not_taken_for_a_chat()
    {
        await using var ledger = await ReportLedger.StartAsync(options => options.Dimensions = new HashSet<SpendDimension> { SpendDimension.Model });
        ledger.Call(Calls.Noon, 1, new("ada"), "embeddings");

        var report = await ledger.QueryAsync(Day with { By = [SpendDimension.Operation, SpendDimension.Model], ByTags = ["plan"] });
        var chats = await ledger.QueryAsync(Day with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Operation] = "chat" } });
        var done = await ledger.QueryAsync(Day with { Succeeded = true });

        Assert.Equal([(null, "m")], report.Rows.Select(row => (row[SpendDimension.Operation], row[SpendDimension.Model])));
        Assert.Equal(["operation", "tag:plan"], report.NotKept);
        Assert.Contains("This ledger does not keep operation, tag:plan apart: their values are not known.", report.ToTable(), StringComparison.Ordinal);
        Assert.Equal((0L, "operation"), (chats.Total.Calls, Assert.Single(chats.NotKept)));
        Assert.Equal((0L, "outcome"), (done.Total.Calls, Assert.Single(done.NotKept)));
    }

    [Fact]
    public async Task Success_is_a_filter_of_what_was_completed_and_what_was_not()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon, 1, new("ada"), outcome: CallOutcome.Failed);
        ledger.Call(Calls.Noon, 10, new("ada"));
        ledger.Call(Calls.Noon, 100, new("bob"), outcome: CallOutcome.Abandoned);
        ledger.Call(Calls.Noon, 1_000, new("bob"), outcome: CallOutcome.Cancelled);

        Assert.Equal((10L, 1L), await SumAsync(Day with { Succeeded = true }));
        Assert.Equal((1_101L, 0L), await SumAsync(Day with { Succeeded = false }));
        Assert.Equal((1_111L, 1L), await SumAsync(Day));
        Assert.Equal((1_100L, 0L), await SumAsync(Day with { Succeeded = false, By = [SpendDimension.Day], Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "bob" } }));

        async Task<(long Tokens, long Succeeded)> SumAsync(UsageReportQuery query) => (await ledger.QueryAsync(query)).Total is var total ? (total.InputTokens, total.Succeeded) : default;
    }

    [Fact]
    public async Task Everything_that_is_kept_is_not_said_to_be_missing()
    {
        await using var ledger = await ReportLedger.StartAsync(options => options.Tags = ["plan"]);
        ledger.Call(Calls.Noon, 1, new("ada"));

        var report = await ledger.QueryAsync(Day with { By = [SpendDimension.Operation, SpendDimension.Day], ByTags = ["plan"] });

        Assert.Empty(report.NotKept);
        Assert.Equal("chat", report.Rows[0][SpendDimension.Operation]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reader_of_a_ledger_knows_what_its_exporter_keeps(bool redis)
    {
        await using var server = redis ? await TestKit.RedisServer.StartAsync() : null;
        using var folder = new TemporaryFolder();
        var (address, time) = (server?.Address ?? $"sqlite:{folder.Path}/ledger.db", new TestKit.ManualTime(TimeProvider.System.GetUtcNow()));
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        await using (var ledger = await ReportLedger.StartAsync(address, time.GetUtcNow(), options =>
        {
            options.Dimensions = new HashSet<SpendDimension> { SpendDimension.Model };
            options.Tags = ["plan"];
            options.DayRetention = TimeSpan.FromDays(10);
            options.MonthRetention = TimeSpan.FromDays(100);
        }))
        {
            ledger.Call(time.GetUtcNow(), 1, new("ada"));
        }

        await using var reader = await UsageReports.OpenAsync(address, options => options.TimeProvider = time, TestContext.Current.CancellationToken);
        var report = await reader.QueryAsync(new() { From = today.AddDays(-11), To = today, By = [SpendDimension.Day, SpendDimension.Model, SpendDimension.User], ByTags = ["plan"] }, TestContext.Current.CancellationToken);

        Assert.Equal((1L, today.AddDays(-10), "user"), (report.Total.Calls, report.CompleteSince, Assert.Single(report.NotKept)));
    }

    [Fact]
    public async Task Sessions_are_counted_once_with_their_mean_length_also_by_tier()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon, 10, new("ada", Tier: "gold", Session: "s1"));
        ledger.Call(Calls.Noon, 10, new("ada", Tier: "gold", Session: "s1"));
        ledger.Session(Calls.Noon, 60, new("ada", Tier: "gold", Session: "s1"));
        ledger.Session(Calls.Noon, 30.5, new("bob", Tier: "gold", Session: "s2"), "realtime");
        ledger.Session(Calls.Noon, 2, new("eve", Session: "s3"));
        ledger.Publish(new MetricEvent("rating", 5, null, Calls.Noon, new("ada", Tier: "gold")));

        var report = await ledger.QueryAsync(Day with { By = [SpendDimension.Tier], Sessions = true });
        var byModel = await ledger.QueryAsync(Day with { By = [SpendDimension.Model], Sessions = true });
        var chats = await ledger.QueryAsync(Day with { Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Model] = "m" }, Sessions = true });
        var plain = await ledger.QueryAsync(Day with { By = [SpendDimension.Tier] });

        Assert.Equal([("gold", 2L, 2L, 45.25), (null, 0L, 1L, 2.0)], report.Rows.Select(row => (row[SpendDimension.Tier], row.Calls, row.Sessions!.Value, row.AverageSession!.Value.TotalSeconds)));
        Assert.Equal((3L, 30.833333, 2L, 20L), (report.Total.Sessions, Math.Round(report.Total.AverageSession!.Value.TotalSeconds, 6), report.Total.Calls, report.Total.InputTokens));
        Assert.Equal((null, 3L), (Assert.Single(byModel.Rows).Sessions, byModel.Total.Sessions));
        Assert.Equal((null, null), (chats.Total.Sessions, plain.Total.Sessions));
        Assert.Contains("sessions  avg session s", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("\"average_session_seconds\": 45.25", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apis_are_reported_by_their_key_with_requests_bytes_cost_and_charge()
    {
        await using var ledger = await ReportLedger.StartAsync();
        Api("maps", 3, 12_000, 15_000_000_000, 16_500_000_000);
        Api("maps", 1, 500, 5_000_000_000, null);
        Api("weather", 2, null, null, null);
        ledger.Call(Calls.Noon, 1_000, new("ada"));

        var report = await ledger.QueryAsync(Day.OfApis());

        Assert.Equal(
            [("maps", 4L, 12_500L, 0.02m, 0.0165m), ("weather", 2L, 0L, null, (decimal?)null)],
            report.Rows.Select(row => (row[SpendDimension.Provider], row.UsageOf(UsageBucket.Request), row.UsageOf(UsageBucket.DataByte), row.Cost, row.Charged)));
        Assert.Equal(
            """
            provider  requests  failed   bytes  cost USD  charged USD  unpriced
            --------  --------  ------  ------  --------  -----------  --------
            maps             4       0  12,500  0.020000     0.016500         0
            weather          2       0       0   unknown            -         2
            --------  --------  ------  ------  --------  -----------  --------
            total            6       0  12,500  0.020000     0.016500         2
            The cost is without 2 calls (0 tokens) whose price is not known: 33.33 % of the calls, 0 % of the tokens.
            The charge is of 3 calls; nothing is charged on for the others.

            """,
            report.ToApiTable());

        void Api(string key, long requests, long? bytes, Int128? pico, Int128? charge)
        {
            var usage = default(CallUsage);
            usage[UsageBucket.Request] = requests;
            usage[UsageBucket.DataByte] = bytes ?? 0;
            var call = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Calls.Noon, Operation = "api", Provider = key, Calls = requests, ChargePico = charge };
            call.SetUsage(in usage);
            if (pico is { } cost)
            {
                call.SetCost(Calls.Cost((UsageBucket.Request, cost)));
            }

            ledger.Publish(in call);
        }
    }

    private static async Task<ReportLedger> FiveUsersAsync()
    {
        var ledger = await ReportLedger.StartAsync();
        var tokens = 1;
        foreach (var user in new[] { "ada", "bob", "cleo", "dan", "eve" })
        {
            ledger.Call(Calls.Noon, tokens, new(user));
            tokens *= 2;
        }

        return ledger;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-reports-");

        public string Path => _folder.FullName;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
