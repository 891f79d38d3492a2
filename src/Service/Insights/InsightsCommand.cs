using System.CommandLine;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry insights</c>: what is worth a look in a period, with its figures.</summary>
internal sealed class InsightsCommand : LedgerCommand
{
    private readonly PeriodOptions _period = new();

    private readonly Option<string?> _prices = new("--prices") { Description = "Price file over the built-in book, for the rules that need prices.", HelpName = "file" };

    public InsightsCommand(Func<string, string?> environment, TimeProvider time)
        : base("insights", "Says what is worth a look: what caching would have saved, cheaper models, prompts that grow, failures that cost money, reasoning, calls without a price.", environment, time) =>
        AddAll(_period.From, _period.To, Where, _prices, Format);

    protected override async Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var book = arguments.GetValue(_prices) is { } file ? PriceBook.Embedded.With(PriceBook.Load(file, PriceBook.Embedded)) : PriceBook.Embedded;
        var (from, to) = _period.Read(arguments, reports.Today);
        var filters = arguments.GetValue(Where);
        var query = new UsageReportQuery { From = from, To = to, By = [SpendDimension.Provider, SpendDimension.Model], Where = WhereOf(filters), WhereTags = TagsOf(filters) };
        var models = await reports.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        var priced = new PriceInsights(book, Time.GetUtcNow()).Of(models.Rows);
        var insights = InsightReader.Sorted([.. await reports.InsightsAsync(query, cancellationToken).ConfigureAwait(false), .. priced]);
        return IsJson(arguments) ? InsightText.Json(query, reports.TimeZone, book.Version, insights) : InsightText.Table(query, reports.TimeZone, insights);
    }
}
