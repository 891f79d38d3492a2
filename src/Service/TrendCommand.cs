using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry trend</c>: a period beside the one before it.</summary>
internal sealed class TrendCommand : LedgerCommand
{
    private readonly PeriodOptions _period = new();

    private readonly Option<ReportColumns?> _by = new("--by")
    {
        Description = $"What to break down by: {ReportArguments.Words}, but not day. Several: a,b or the option again.",
        CustomParser = ReportArguments.Columns,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "dimension",
    };

    public TrendCommand(Func<string, string?> environment, TimeProvider time)
        : base("trend", "Compares cost, calls and tokens of a period with the one before it: of a month the month before, else as many days before.", environment, time) =>
        AddAll(_by, _period.From, _period.To, Where, Format);

    protected override async Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var (from, to) = _period.Read(arguments, reports.Today);
        var (by, filters) = (arguments.GetValue(_by), arguments.GetValue(Where));
        var query = new UsageReportQuery { From = from, To = to, By = by?.By ?? [], ByTags = by?.Tags ?? [], Where = WhereOf(filters), WhereTags = TagsOf(filters) };
        var trend = await reports.TrendAsync(query, cancellationToken).ConfigureAwait(false);
        return IsJson(arguments) ? trend.ToJson() + "\n" : trend.ToTable();
    }
}
