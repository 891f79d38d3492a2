using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry forecast</c>: what today and this month will have cost.</summary>
internal sealed class ForecastCommand : LedgerCommand
{
    public ForecastCommand(Func<string, string?> environment, TimeProvider time)
        : base("forecast", "Says what today and this month will have cost when they are over, with a band.", environment, time) => AddAll(Where, Format);

    protected override async Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var filters = arguments.GetValue(Where);
        var forecast = await reports.ForecastAsync(WhereOf(filters), TagsOf(filters), cancellationToken).ConfigureAwait(false);
        return IsJson(arguments) ? forecast.ToJson() + "\n" : forecast.ToTable();
    }
}
