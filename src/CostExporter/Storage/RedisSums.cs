namespace LlmTelemetry.CostExporter;

/// <summary>What is kept of a period beside the rows of its users and, of days and months, the list of them.</summary>
internal static class RedisSums
{
    /// <summary>Their keys, whether they are there or not.</summary>
    public static IEnumerable<string> Of(Keys keys, string partition, SpendGrain grain, DateTimeOffset period) => grain == SpendGrain.Hour
        ? [keys.ByUser(partition, grain, period)]
        :
        [
            keys.ByModel(partition, grain, period), keys.Figures(partition, grain, period),
            keys.Sums(partition, grain, period, SpendDimension.Model), keys.Sums(partition, grain, period, SpendDimension.Feature),
            .. Keys.Listed.Select(dimension => keys.Top(partition, grain, period, dimension)),
        ];
}
