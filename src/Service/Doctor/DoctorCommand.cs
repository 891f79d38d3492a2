using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry doctor</c>: what is wrong with a ledger and its settings, and what to do.</summary>
internal sealed class DoctorCommand : Command
{
    /// <summary>A check failed.</summary>
    public const int Ill = 1;

    private readonly Option<string?> _store = new("--store") { Description = $"The ledger to look at (default: {ReportCommand.StoreVariable} from the environment, as its exporter).", HelpName = "address" };
    private readonly Option<string> _format = new("--format") { Description = "table or json.", HelpName = "format", DefaultValueFactory = _ => ReportFormat.Table };
    private readonly CommandContext _context;

    public DoctorCommand(CommandContext context)
        : base("doctor", "Checks settings, store, clock, prices and exporters, and says what to do. Exit codes: 0 nothing failed, 1 a check failed.")
    {
        _context = context;
        _format.AcceptOnlyFromAmong(ReportFormat.Table, ReportFormat.Json);
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

        await arguments.InvocationConfiguration.Output.WriteAsync(arguments.GetValue(_format) == ReportFormat.Json ? Json(findings) : Text(findings)).ConfigureAwait(false);
        return findings.Exists(finding => finding.Status == FindingStatus.Fail) ? Ill : CommandLine.Ok;
    }

    private static string Text(IEnumerable<Finding> findings) =>
        string.Concat(findings.Select(finding => $"{Word(finding.Status),-4}  {finding.Check,-13}  {finding.Text.ReplaceLineEndings(" ")}\n"));

    private static string Json(IEnumerable<Finding> findings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }))
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
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Word(FindingStatus status) => status switch
    {
        FindingStatus.Ok => "ok",
        FindingStatus.Warn => "warn",
        _ => "fail",
    };
}
