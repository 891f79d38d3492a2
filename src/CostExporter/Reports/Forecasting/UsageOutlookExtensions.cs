namespace LlmTelemetry.CostExporter;

/// <summary>What the ledger says beyond its sums: where they come from, and where they go.</summary>
public static class UsageOutlookExtensions
{
    extension(UsageReports reports)
    {
        /// <summary>
        /// What today and this month will have cost, with a band. The same ledger at the same time gives the same answer. docs/forecast.md has the method.
        /// </summary>
        /// <param name="where">Only calls whose dimension has exactly this value, as in <see cref="UsageReportQuery.Where"/>; null: all.</param>
        /// <param name="whereTags">The same of tags.</param>
        /// <param name="cancellationToken">Stops the reading.</param>
        /// <exception cref="ArgumentException">It asks for a conversation or a session: those are kept by the hour, and show no days.</exception>
        public async Task<UsageForecast> ForecastAsync(
            IReadOnlyDictionary<SpendDimension, string?>? where = null, IReadOnlyDictionary<string, string?>? whereTags = null, CancellationToken cancellationToken = default)
        {
            var of = new UsageReportQuery
            {
                From = reports.Today,
                To = reports.Today,
                Where = where ?? new Dictionary<SpendDimension, string?>(),
                WhereTags = whereTags ?? new Dictionary<string, string?>(),
            };
            if (of.IsOfHours)
            {
                throw new ArgumentException("Conversations and sessions are kept by the hour: there are no days of them to go by.");
            }

            return new UsageForecast(reports.Time.GetUtcNow(), reports.TimeZone, await SpendHistory.ReadAsync(reports, of, cancellationToken).ConfigureAwait(false));
        }

        /// <summary>Compares a period with the one before it: of a whole month the month before, else as many days before.</summary>
        /// <remarks>
        /// A period that is not over is compared with the same part of the one before: until the same time of the same day where its hours are still kept,
        /// else the finished days alone. <see cref="UsageTrend.Basis"/> says which.
        /// </remarks>
        /// <param name="query">The period, and what to compare in it.</param>
        /// <param name="cancellationToken">Stops the reading.</param>
        /// <exception cref="ArgumentException">The period has not begun, the query is by day, or it is none that <see cref="UsageReports.QueryAsync"/> takes.</exception>
        public Task<UsageTrend> TrendAsync(UsageReportQuery query, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(query);
            return TrendReader.ReadAsync(reports, query, cancellationToken);
        }

        /// <summary>
        /// What is worth a look in a period, as far as the ledger knows by itself: calls without a price, failures that cost money, prompts that grow,
        /// reasoning. What needs prices, <c>llmtelemetry insights</c> adds.
        /// </summary>
        /// <param name="query">The period and the filters; what it is by does not matter.</param>
        /// <param name="cancellationToken">Stops the reading.</param>
        /// <returns>The largest amount first, unknown ones last.</returns>
        /// <exception cref="ArgumentException">As of <c>TrendAsync</c>.</exception>
        public async Task<IReadOnlyList<UsageInsight>> InsightsAsync(UsageReportQuery query, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(query);
            return InsightReader.Sorted(await InsightReader.ReadAsync(reports, query, cancellationToken).ConfigureAwait(false));
        }
    }
}
