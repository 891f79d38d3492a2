using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>From events to reports by what few calls say, through a real store.</summary>
public sealed class DimensionReportTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Calls.Noon.UtcDateTime);
    private static readonly DateOnly Monthly = new(2026, 11, 1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SpendDimension.Tier, "gold")]
    [InlineData(SpendDimension.Client, "app1")]
    [InlineData(SpendDimension.Environment, "staging")]
    [InlineData(SpendDimension.Operation, "embeddings")]
    [InlineData(SpendDimension.Conversation, "talk")]
    [InlineData(SpendDimension.Session, "s1")]
    public async Task Each_dimension_is_a_column_and_a_filter(SpendDimension dimension, string value)
    {
        await using var ledger = await Ledger.StartAsync();
        ledger.Call(new Attribution("ada", "acme", "search", "talk", "s1", "gold", null, "app1", "staging"), "embeddings", 100);
        ledger.Call(new Attribution("ada", "acme", "search"), "chat", 10);

        var report = await ledger.QueryAsync(new() { From = Today, To = Today, By = [dimension] });
        var filtered = await ledger.QueryAsync(Where(value));
        var rest = await ledger.QueryAsync(Where(dimension == SpendDimension.Operation ? "chat" : null));

        Assert.Equal([(value, 100L), (dimension == SpendDimension.Operation ? "chat" : null, 10L)], report.Rows.Select(row => (row[dimension], row.InputTokens)));
        Assert.Equal((100L, 10L), (filtered.Total.InputTokens, rest.Total.InputTokens));
        Assert.Null(filtered.Rows[0][dimension]);
        Assert.Contains(value, report.ToTable(), StringComparison.Ordinal);
        Assert.Contains($"\"{dimension.ToString().ToLowerInvariant()}\": \"{value}\"", report.ToJson(), StringComparison.Ordinal);

        UsageReportQuery Where(string? only) => new() { From = Today, To = Today, By = [SpendDimension.User], Where = new Dictionary<SpendDimension, string?> { [dimension] = only } };
    }

    [Theory]
    [InlineData(SpendDimension.Outcome, "failed", "completed")]
    [InlineData(SpendDimension.Quality, "unmeasured", "reported")]
    public async Task Outcome_and_quality_are_columns_and_filters_and_change_no_other_report(SpendDimension dimension, string value, string usual)
    {
        await using var ledger = await Ledger.StartAsync();
        ledger.Call(Calls.Make(user: "ada"));
        ledger.Call(Calls.Make(user: "ada", outcome: CallOutcome.Failed, quality: CostQuality.Unmeasured));
        ledger.Call(Calls.Make(user: "bob", outcome: CallOutcome.Failed, quality: CostQuality.Unmeasured));

        foreach (var from in new[] { Today, Monthly })
        {
            var report = await ledger.QueryAsync(new() { From = from, To = Today, By = [dimension] });
            var users = await ledger.QueryAsync(new() { From = from, To = Today, By = [SpendDimension.User] });
            var filtered = await ledger.QueryAsync(new() { From = from, To = Today, By = [SpendDimension.User], Where = new Dictionary<SpendDimension, string?> { [dimension] = value } });

            Assert.Equal([(usual, 1L, 0L), (value, 2L, 2L)], report.Rows.Select(row => (row[dimension]!, row.Calls, row.Failed)));
            Assert.Equal([("ada", 2L, 1L, 1L), ("bob", 1L, 1L, 1L)], users.Rows.Select(row => (row[SpendDimension.User]!, row.Calls, row.Failed, row.Unmeasured)));
            Assert.Equal([("ada", 1L), ("bob", 1L)], filtered.Rows.Select(row => (row[SpendDimension.User]!, row.Calls)));
            Assert.Null(users.Rows[0][dimension]);
        }
    }

    [Fact]
    public async Task Price_version_is_told_apart_once_it_is_kept()
    {
        await using var ledger = await Ledger.StartAsync(options => options.Dimensions = new HashSet<SpendDimension> { SpendDimension.PriceVersion });
        ledger.Call(Calls.Make());
        ledger.Call(Calls.Make(quality: CostQuality.Unpriced));

        var report = await ledger.QueryAsync(new() { From = Monthly, To = Today, By = [SpendDimension.PriceVersion] });

        Assert.Equal([("test", 1L), (null, 1L)], report.Rows.Select(row => (row[SpendDimension.PriceVersion], row.Calls)));
        Assert.Contains("\"price_version\": \"test\"", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_tags_are_columns_and_filters_and_others_are_not_kept()
    {
        await using var ledger = await Ledger.StartAsync(options => options.Tags = ["plan", "region"]);
        ledger.Call(Tagged("ada", ("plan", "pro"), ("region", "eu"), ("secret", "x")), "chat", 1);
        ledger.Call(Tagged("ada", ("plan", "pro")), "chat", 2);
        ledger.Call(Tagged("ada", ("secret", "y")), "chat", 4);

        var report = await ledger.QueryAsync(new() { From = Today, To = Today, By = [SpendDimension.User], ByTags = ["plan", "region", "secret", "plan"] });
        var pro = await ledger.QueryAsync(new() { From = Monthly, To = Today, WhereTags = new Dictionary<string, string?> { ["plan"] = "pro", ["region"] = null } });

        Assert.Equal(["plan", "region", "secret"], report.ByTags);
        Assert.Equal(
            [("ada", null, null, null, 4L), ("ada", "pro", null, null, 2L), ("ada", "pro", "eu", null, 1L)],
            report.Rows.Select(row => (row[SpendDimension.User], row.Tag("plan"), row.Tag("region"), row.Tag("secret"), row.InputTokens)));
        Assert.Equal(2, pro.Total.InputTokens);
        Assert.StartsWith("user   tag:plan  tag:region  tag:secret", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("\"tag:plan\": \"pro\"", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dimension_that_is_not_kept_is_added_up()
    {
        await using var ledger = await Ledger.StartAsync(options => options.Dimensions = new HashSet<SpendDimension> { SpendDimension.Model });
        ledger.Call(new Attribution("ada", "acme", Session: "s1", Tier: "gold"), "chat", 1);
        ledger.Call(new Attribution("bob"), "embeddings", 2);

        var report = await ledger.QueryAsync(new() { From = Today, To = Today, By = [SpendDimension.Model, SpendDimension.User, SpendDimension.Tier, SpendDimension.Session] });

        var row = Assert.Single(report.Rows);
        Assert.Equal(("m", null, null, null, 3L), (row[SpendDimension.Model], row[SpendDimension.User], row[SpendDimension.Tier], row[SpendDimension.Session], row.InputTokens));
        Assert.Null(await ledger.Reports.GetSessionAsync("s1", Stop));
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    public async Task Days_of_sessions_are_those_of_the_zone_whatever_its_offset(string zone)
    {
        var timeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        await using var ledger = await Ledger.StartAsync(options => options.TimeZone = timeZone);
        var days = new Dictionary<DateOnly, long>();
        for (var minutes = 0; minutes < 3 * 24 * 60; minutes += 11)
        {
            var at = Calls.Noon.AddMinutes(-minutes);
            ledger.Call(new Attribution("ada", Session: "s1"), "chat", 1, at);
            var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, timeZone).DateTime);
            days[day] = days.GetValueOrDefault(day) + 1;
        }

        var (first, last) = (days.Keys.Min(), days.Keys.Max());
        var report = await ledger.QueryAsync(new() { From = first, To = last, By = [SpendDimension.Day, SpendDimension.Session] });
        Assert.Equal(days.OrderBy(day => day.Key).Select(day => (day.Key, day.Value)), report.Rows.Select(row => (row.Day!.Value, row.Calls)));
        foreach (var (day, calls) in days)
        {
            Assert.Equal(calls, (await ledger.QueryAsync(new() { From = day, To = day, By = [SpendDimension.Session] })).Total.Calls);
            Assert.Equal(calls, (await ledger.QueryAsync(new() { From = day, To = day })).Total.Calls);
        }
    }

    [Theory]
    [InlineData("America/Sao_Paulo", "2018-11-05T12:00Z")] // There was no midnight on the 4th.
    [InlineData("Asia/Beirut", "2022-03-28T12:00Z")] // Nor there on the 27th of March.
    [InlineData("America/Havana", "2026-11-02T12:00Z")] // From 1:00 back to midnight.
    [InlineData("America/Asuncion", "2018-03-26T12:00Z")] // From midnight back to 23:00: the 24th was there twice.
    [InlineData("Australia/Lord_Howe", "2026-04-06T12:00Z")] // By half an hour.
    [InlineData("Antarctica/Troll", "2026-03-30T12:00Z")] // By two.
    [InlineData("Pacific/Apia", "2011-12-31T12:00Z")] // The 30th of December was left out.
    public async Task Hours_and_days_agree_where_clocks_are_changed(string zone, string now)
    {
        var noon = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        var timeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        await using var ledger = await Ledger.StartAsync(options => (options.TimeZone, options.TimeProvider) = (timeZone, new ManualTime(noon)));
        for (var minutes = 0; minutes < 4 * 24 * 60; minutes += 7)
        {
            ledger.Call(new Attribution("ada", Session: "s1"), "chat", 1 + minutes, noon.AddMinutes(-minutes));
        }

        var (first, last) = (DateOnly.FromDateTime(noon.AddDays(-6).UtcDateTime), DateOnly.FromDateTime(noon.AddDays(1).UtcDateTime));
        var days = await ledger.QueryAsync(new() { From = first, To = last, By = [SpendDimension.Day] });
        var hours = await ledger.QueryAsync(new() { From = first, To = last, By = [SpendDimension.Day, SpendDimension.Session] });
        Assert.Equal(days.Rows.Select(row => (row.Day, row.Calls, row.Cost)), hours.Rows.Select(row => (row.Day, row.Calls, row.Cost)));
        foreach (var day in days.Rows)
        {
            var alone = await ledger.QueryAsync(new() { From = day.Day!.Value, To = day.Day.Value, By = [SpendDimension.Session] });
            Assert.Equal((day.Calls, day.Cost), (alone.Total.Calls, alone.Total.Cost));
        }
    }

    [Fact]
    public async Task Value_that_was_cut_is_found_by_the_whole_of_it()
    {
        await using var ledger = await Ledger.StartAsync(options => options.Tags = ["plan"]);
        var id = new string('a', 300);
        ledger.Call(new Attribution(id, Session: id, Tags: new Dictionary<string, string> { ["plan"] = id }), "chat", 1);

        var found = await ledger.QueryAsync(new() { From = Today, To = Today, Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = id } });
        var tagged = await ledger.QueryAsync(new() { From = Today, To = Today, WhereTags = new Dictionary<string, string?> { ["plan"] = id } });

        Assert.Equal((1L, 1L, 1L), (found.Total.Calls, tagged.Total.Calls, (await ledger.Reports.GetSessionAsync(id, Stop))!.Report.Total.Calls));
    }

    [Fact]
    public async Task Sessions_before_the_hours_that_are_kept_are_refused_and_not_short()
    {
        await using var ledger = await Ledger.StartAsync(options => options.HourRetention = TimeSpan.FromDays(2.25));
        ledger.Call(new Attribution("ada", Session: "s1"), "chat", 1);

        // Noon of the 22nd less two days and a quarter is 06:00 of the 20th.
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => ledger.QueryAsync(Since(new(2026, 11, 20))));
        Assert.Contains("for 2.25 days: the first whole day is 2026-11-21, and 2026-11-20 is before it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await ledger.QueryAsync(Since(new(2026, 11, 21)))).Total.Calls);
        Assert.Equal(1, (await ledger.QueryAsync(new() { From = new(2020, 1, 1), To = Today, By = [SpendDimension.Tier] })).Total.Calls);

        UsageReportQuery Since(DateOnly from) => new() { From = from, To = Today, Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Session] = "s1" } };
    }

    [Fact]
    public async Task Row_of_increments_alone_has_a_cost_and_no_average()
    {
        await using var ledger = await Ledger.StartAsync();
        ledger.Call(new Attribution("ada", Session: "s1"), "chat", 100, calls: 0);

        var total = (await ledger.QueryAsync(new() { From = Today, To = Today, By = [SpendDimension.User] })).Total;
        var session = (await ledger.Reports.GetSessionAsync("s1", Stop))!.Report;

        Assert.Equal((0L, 100L, 0.0003m, null), (total.Calls, total.InputTokens, total.Cost, total.AverageDuration));
        Assert.Equal((0L, 0.0003m, null), (session.Total.Calls, session.Total.Cost, session.Total.AverageDuration));
        Assert.Contains("0.000300", session.ToTable(), StringComparison.Ordinal);
    }

    private static Attribution Tagged(string user, params (string Name, string Value)[] tags) =>
        new(user, Tags: tags.ToDictionary(tag => tag.Name, tag => tag.Value));

    /// <summary>An exporter into memory with a hub of its own, whose clock stands at noon.</summary>
    private sealed record Ledger(CostExporterHost Host, UsageHub Hub) : IAsyncDisposable
    {
        public UsageReports Reports => Host.Reports;

        public static async Task<Ledger> StartAsync(Action<CostExporterOptions>? configure = null)
        {
            var options = new CostExporterOptions { Store = "sqlite::memory:", Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(Calls.Noon) };
            configure?.Invoke(options);
            var host = new CostExporterHost(options);
            await host.StartAsync(subscribe: true, Stop);
            return new Ledger(host, options.Hub);
        }

        /// <summary>A call of 3 USD per million tokens.</summary>
        public void Call(Attribution attribution, string operation, long input, DateTimeOffset? at = null, long calls = 1)
        {
            var usage = default(CallUsage);
            usage[UsageBucket.Input] = input;
            var call = new UsageEvent
            {
                CallId = Guid.NewGuid(),
                EndedAt = at ?? Calls.Noon,
                Operation = operation,
                Provider = "p",
                ResponseModel = "m",
                Attribution = attribution,
                Calls = calls,
            };
            call.SetUsage(in usage);
            call.SetCost(Tests.Calls.Cost((UsageBucket.Input, input * 3_000_000)));
            Hub.Publish(in call);
        }

        public void Call(UsageEvent call) => Hub.Publish(in call);

        public async Task<UsageReport> QueryAsync(UsageReportQuery query)
        {
            Assert.Null((await Host.FlushAsync(Stop)).Error);
            return await Host.Reports.QueryAsync(query, Stop);
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
