using LlmTelemetry.CostExporter;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Ledger;

/// <summary>Calls of the ledger that have the same values, under the labels that its gauges have in Prometheus.</summary>
internal sealed record LedgerAmount(IReadOnlyDictionary<string, string?> Labels, double? Spend, long Calls, long Tokens);

/// <summary>What the ledger itself says, by its reports.</summary>
internal sealed class LedgerAmounts : IAsyncDisposable
{
    /// <summary>The labels of the ledger's gauges, and what reports call the same.</summary>
    public static readonly IReadOnlyDictionary<string, SpendDimension> Dimensions = new Dictionary<string, SpendDimension>
    {
        ["gen_ai_provider_name"] = SpendDimension.Provider,
        ["gen_ai_response_model"] = SpendDimension.Model,
        ["user_id"] = SpendDimension.User,
        ["llm_feature"] = SpendDimension.Feature,
        ["llm_tenant"] = SpendDimension.Tenant,
    };

    private readonly UsageReports _reports;
    private readonly UsageReports _ahead;

    private LedgerAmounts(UsageReports reports, UsageReports ahead) => (_reports, _ahead) = (reports, ahead);

    public static async Task<LedgerAmounts> OpenAsync(string store, CancellationToken cancellationToken) => new(
        await UsageReports.OpenAsync(store, cancellationToken: cancellationToken),
        await UsageReports.OpenAsync(store, o => o.TimeProvider = new AnHourAhead(), cancellationToken));

    /// <summary>Of "hour", "day" or "month", by all that the gauges have labels for.</summary>
    public async Task<IReadOnlyList<LedgerAmount>> ReadAsync(string period, CancellationToken cancellationToken)
    {
        var report = await (period switch
        {
            // The hours from an hour ago to now: for who is an hour ahead, this one and one that has not begun.
            "hour" => _ahead.QueryAsync(_ahead.Last(TimeSpan.FromHours(1)) with { By = [.. Dimensions.Values] }, cancellationToken),
            "day" => _reports.QueryAsync(_reports.ThisDay() with { By = [.. Dimensions.Values] }, cancellationToken),
            "month" => _reports.QueryAsync(_reports.ThisMonth() with { By = [.. Dimensions.Values] }, cancellationToken),
            _ => throw new ArgumentException($"The ledger's gauges have no period {period}.", nameof(period)),
        });
        return [.. report.Rows.Select(row => new LedgerAmount(Dimensions.ToDictionary(dimension => dimension.Key, dimension => row[dimension.Value]), (double?)row.Cost, row.Calls, row.InputTokens + row.OutputTokens))];
    }

    public async ValueTask DisposeAsync()
    {
        await _reports.DisposeAsync();
        await _ahead.DisposeAsync();
    }

    private sealed class AnHourAhead : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(1);
    }
}
