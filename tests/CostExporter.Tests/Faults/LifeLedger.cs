namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Compares what a store holds of each exporter process with what that process said.</summary>
internal static class LifeLedger
{
    private static readonly HashSet<SpendDimension> Apart = [SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature];

    public static async Task AssertHoldsAsync(string address, Dictionary<string, ExporterLife> lives, string summary, CancellationToken cancellationToken)
    {
        await using var store = SpendStores.Create(StoreAddress.Parse(address), new CostExporterOptions().ToStoreSettings());
        await store.OpenAsync(cancellationToken);
        var wrong = new List<string>();
        foreach (var grain in Enum.GetValues<SpendGrain>())
        {
            var found = await ReadAsync(store, grain, cancellationToken);
            Assert.Subset(lives.Keys.ToHashSet(), found.Keys.ToHashSet());
            foreach (var life in lives.Values)
            {
                var (atLeast, atMost) = life.Bounds();
                var there = found.GetValueOrDefault(life.Name) ?? new UserTallies();
                foreach (var who in atMost.Who.Concat(there.Who).Distinct())
                {
                    if (!there[who].IsWithin(atLeast[who], atMost[who]))
                    {
                        wrong.Add($"The {grain} rows of {who} in {life.Name} ({(life.WasKilled ? "killed" : "ended well")}) hold {there[who]}; flushed were {atLeast[who]}, recorded {atMost[who]}.");
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} sums are wrong. {string.Join('\n', wrong.Take(60))} {summary}");
        await using var reports = await UsageReports.OpenAsync(address, cancellationToken: cancellationToken);
        var query = new UsageReportQuery { From = reports.Today.AddDays(-2), To = reports.Today, By = [SpendDimension.Feature] };
        var ratings = (await reports.QueryMetricsAsync(query, "rating", cancellationToken)).Rows.ToDictionary(row => row[SpendDimension.Feature] ?? "");
        foreach (var life in lives.Values)
        {
            var (atLeast, atMost) = life.Bounds();
            var there = ratings.GetValueOrDefault(life.Name);
            Assert.InRange(there?.Count ?? 0, atLeast.Total.Calls, atMost.Total.Calls);
            Assert.Equal((there?.Count ?? 0) * -0.1m, there?.Sum ?? 0);
        }
    }

    private static async Task<Dictionary<string, UserTallies>> ReadAsync(ISpendStore store, SpendGrain grain, CancellationToken cancellationToken)
    {
        var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var month = today.AddDays(1 - today.Day);
        var (from, to) = grain == SpendGrain.Month ? (month.AddMonths(-1), month) : (today.AddDays(-2), today.AddDays(1));
        var found = new Dictionary<string, UserTallies>();
        await foreach (var row in store.ReadAsync(new SpendRead(grain, from, to, Apart), cancellationToken))
        {
            var life = row.Key.Feature ?? "";
            found.TryAdd(life, new UserTallies());
            found[life].Add(row.Key.User, row.Key.Tenant, default(Tally).Plus(row.Measures));
        }

        return found;
    }
}
