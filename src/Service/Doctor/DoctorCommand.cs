using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry doctor</c>: what is wrong with a ledger and its settings, and what to do.</summary>
internal sealed class DoctorCommand : Command
{
    /// <summary>A check failed.</summary>
    public const int Ill = 1;

    private readonly Option<string?> _store = new("--store") { Description = $"The ledger to look at (default: {ReportCommand.StoreVariable} from the environment, as its exporter).", HelpName = "address" };
    private readonly FormatOption _format = FormatOption.TableOrJson();
    private readonly CommandContext _context;

    public DoctorCommand(CommandContext context)
        : base("doctor", "Checks settings, store, clock, prices and exporters, and says what to do. Exit codes: 0 nothing failed, 1 a check failed.")
    {
        _context = context;
        Add(_store);
        Add(_format);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        if (SettingsCheck.Read(_context, arguments.GetValue(_store), findings) is { } options)
        {
            findings.Add(SettingsCheck.Retention(options));
            findings.Add(SettingsCheck.Prices(options.Prices, DateOnly.FromDateTime(_context.Time.GetUtcNow().UtcDateTime)));
            await new LedgerCheck(options, _context.Time).RunAsync(findings, cancellationToken).ConfigureAwait(false);
            findings.Add(await BudgetCheck.RunAsync(_context, arguments.GetValue(_store), options, cancellationToken).ConfigureAwait(false));
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(_format.IsJson(arguments) ? Json(findings) : Text(findings)).ConfigureAwait(false);
        return findings.Exists(finding => finding.Status == FindingStatus.Fail) ? Ill : CommandLine.Ok;
    }

    private static string Text(IEnumerable<Finding> findings) =>
        string.Concat(findings.Select(finding => $"{Word(finding.Status),-4}  {finding.Check,-13}  {finding.Text.ReplaceLineEndings(" ")}\n"));

    private static string Json(IEnumerable<Finding> findings) => CommandJson.Render(json =>
    {
        json.WriteStartArray();
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("check", finding.Check);
            json.WriteString("status", Word(finding.Status));
            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Word(FindingStatus status) => status switch
    {
        FindingStatus.Ok => "ok",
        FindingStatus.Warn => "warn",
        _ => "fail",
    };
}
