using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary><c>report [ROUNDS]</c>: a month of 10,000 users on 20 models, asked in the ways that people ask.</summary>
internal static class ReportCommand
{
    private const int Users = 10_000;
    private const int Models = 20;
    private const int Top = 50;

    private static readonly SpendDimension[][] Questions =
    [
        [], [SpendDimension.Provider], [SpendDimension.Model], [SpendDimension.User], [SpendDimension.User, SpendDimension.Model],
    ];

    public static async Task RunAsync(string[] arguments)
    {
        var rounds = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 7;
        var table = new MarkdownTable("store", "by", "rows", "ms (median)", "min", "max", "first");
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis", "--appendfsync", "everysec"), rounds);
        await AddAsync(table, StoreUnderTest.SqliteFile("SQLite file"), rounds);
        table.Print(string.Create(CultureInfo.InvariantCulture, $"Report of one month, {Users:N0} users x {Models} models, {rounds} rounds"));
    }

    private static async Task AddAsync(MarkdownTable table, StoreUnderTest store, int rounds)
    {
        await using var _ = store;
        var address = await store.EmptyAsync();
        var now = DateTimeOffset.UtcNow;
        await FillAsync(address, now);
        if (store.Redis is { } redis)
        {
            var bytes = await RedisCommands.BytesPerDayRowAsync(redis);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{store.Name}: {bytes:F0} B of memory for each row of a (day, user, model)"));
        }

        await using var reports = await UsageReports.OpenAsync(address);
        var firstDay = new DateOnly(now.Year, now.Month, 1);
        foreach (var by in Questions)
        {
            var query = new UsageReportQuery { From = firstDay, To = firstDay.AddMonths(1).AddDays(-1), By = by };
            UsageReport report = null!;
            var first = await Rounds.SecondsAsync(async () => report = await reports.QueryAsync(query));
            if (report.Total.Calls != Users * Models)
            {
                throw new InvalidOperationException($"The report counts {report.Total.Calls} calls of {Users * Models}.");
            }

            await Rounds.WarmUpAsync(() => reports.QueryAsync(query));
            var time = await Rounds.TimeAsync(rounds, () => reports.QueryAsync(query));
            table.Add(
                store.Name, by.Length == 0 ? "total" : string.Join(" x ", by.Select(dimension => dimension.Name())),
                report.Rows.Count.ToString("N0", CultureInfo.InvariantCulture),
                Milliseconds(time.Median), Milliseconds(time.Min), Milliseconds(time.Max), Milliseconds(first));
        }

        await AddTopAsync(table, store, reports, firstDay, rounds);
        await AddGaugesAsync(table, store, address, rounds);
    }

    // What a process does every 15 seconds that publishes them: this hour, this day and this month, all of them as large as each other here.
    private static async Task AddGaugesAsync(MarkdownTable table, StoreUnderTest store, string address, int rounds)
    {
        var options = new CostExporterOptions { Store = address, TimeProvider = TimeProvider.System };
        await using var ledger = SpendStores.Create(options, options.ToStoreSettings());
        await ledger.OpenAsync(CancellationToken.None);
        LedgerReading reading = null!;
        async Task ReadAsync() => reading = await LedgerReading.TakeAsync(ledger, options, CancellationToken.None);
        var first = await Rounds.SecondsAsync(ReadAsync);
        if (LedgerCut.All.Select(cut => reading[cut].Calls.Max(point => point.Value)).Any(calls => calls is 0 or > Users * Models))
        {
            throw new InvalidOperationException("The gauges do not count the calls.");
        }

        await Rounds.WarmUpAsync(ReadAsync);
        var time = await Rounds.TimeAsync(rounds, ReadAsync);
        table.Add(
            store.Name, "all gauges of the ledger", reading[LedgerCut.Users].Calls.Count.ToString("N0", CultureInfo.InvariantCulture),
            Milliseconds(time.Median), Milliseconds(time.Min), Milliseconds(time.Max), Milliseconds(first));
    }

    // All users cost the same here: the hardest case for lists, since only their names put them in order.
    private static async Task AddTopAsync(MarkdownTable table, StoreUnderTest store, UsageReports reports, DateOnly firstDay, int rounds)
    {
        UsageReport top = null!;
        var query = new UsageReportQuery { From = firstDay, To = firstDay.AddMonths(1).AddDays(-1), By = [SpendDimension.User], Top = Top };
        Task ReadAsync() => reports.QueryAsync(query);
        var first = await Rounds.SecondsAsync(async () => top = await reports.QueryAsync(query));
        if (top.Rows.Count != Top + 1 || top.Total.Calls != Users * Models || top.Rows[0][SpendDimension.User] != "user-000000")
        {
            throw new InvalidOperationException($"The top has {top.Rows.Count} rows of {top.Total.Calls} calls.");
        }

        await Rounds.WarmUpAsync(ReadAsync);
        var time = await Rounds.TimeAsync(rounds, ReadAsync);
        table.Add(
            store.Name, string.Create(CultureInfo.InvariantCulture, $"top {Top} users"), top.Rows.Count.ToString("N0", CultureInfo.InvariantCulture),
            Milliseconds(time.Median), Milliseconds(time.Min), Milliseconds(time.Max), Milliseconds(first));
    }

    private static async Task FillAsync(string address, DateTimeOffset now)
    {
        var load = new Load(Users, Models, now);
        var hub = new UsageHub();
        await using var exporter = StoreUnderTest.Export(address, hub, Timeout.InfiniteTimeSpan);
        for (var i = 0; i < load.Keys; i++)
        {
            hub.Publish(load.Next());
        }

        var flushed = await exporter.FlushAsync();
        if (flushed.Error is not null || flushed.PendingRows != 0)
        {
            throw new InvalidOperationException($"Not everything reached the store: {flushed}");
        }
    }

    private static string Milliseconds(double seconds) => (seconds * 1_000).ToString("F1", CultureInfo.InvariantCulture);
}
