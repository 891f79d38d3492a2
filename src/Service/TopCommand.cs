using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry top</c>: who or what costs the most.</summary>
internal sealed class TopCommand : LedgerCommand
{
    private const int DefaultCount = 20;

    private readonly Argument<SpendDimension> _of = new("dimension")
    {
        Description = $"Of what: {SpendDimensions.KeptWords}. Users, models and features are read from lists that the ledger keeps.",
        CustomParser = ReportArguments.Kept,
        HelpName = "dimension",
        Arity = ArgumentArity.ExactlyOne,
    };

    private readonly Option<int> _count = new("--count") { Description = $"How many (default: {DefaultCount}).", HelpName = "number", CustomParser = ReportArguments.Count, DefaultValueFactory = _ => DefaultCount };

    private readonly PeriodOptions _period = new();

    private readonly Option<bool> _today = new("--today") { Description = "Of today, instead of --from and --to." };

    private readonly Option<bool> _month = new("--month") { Description = "Of this month, instead of --from and --to (that is the default)." };

    private readonly Option<string?> _tenant = new("--tenant") { Description = "Only of this tenant (default: of all).", HelpName = "tenant" };

    private readonly FormatOption _format = new("table, json or csv.", ReportFormat.Table, ReportFormat.Table, ReportFormat.Json, ReportFormat.Csv);

    public TopCommand(Func<string, string?> environment, TimeProvider time)
        : base("top", "Prints who or what cost the most, with what the others have and the total.", environment, time)
    {
        Add(_of);
        AddAll(_count, _period.From, _period.To, _today, _month, _tenant, _format);
    }

    protected override async Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var (today, month) = (arguments.GetValue(_today), arguments.GetValue(_month));
        var isRange = arguments.GetValue(_period.From) is not null || arguments.GetValue(_period.To) is not null;
        if ((today ? 1 : 0) + (month ? 1 : 0) + (isRange ? 1 : 0) > 1)
        {
            throw new ArgumentException("Say one of --today, --month, and --from with --to.");
        }

        var (from, to) = today ? (reports.Today, reports.Today) : _period.Read(arguments, reports.Today);
        var tenant = arguments.GetValue(_tenant);
        var query = new UsageReportQuery
        {
            From = from,
            To = to,
            By = [arguments.GetValue(_of)],
            Top = arguments.GetValue(_count),
            Where = tenant is null ? ReportFilters.None.Where : new Dictionary<SpendDimension, string?> { [SpendDimension.Tenant] = tenant },
        };
        var report = await reports.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        return ReportFormat.Render(report, arguments.GetValue(_format)!, static answer => answer.ToTable(), isCurrent: today || month);
    }
}
