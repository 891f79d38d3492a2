using System.CommandLine;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The options of <c>export</c>, and what they must not contradict.</summary>
internal sealed class ExportOptions
{
    public const string WebhookVariable = "LLMTELEMETRY_WEBHOOK";
    public const string Records = "records";
    public const string Usage = "usage";

    private readonly Option<string> _what = new("--what") { Description = "records: one row a call; usage: sums, one row for each day and what they are by.", HelpName = "what", DefaultValueFactory = _ => Records };
    private readonly Option<ReportColumns?> _by = Columns("--by", $"With --what usage: what sums are apart by besides the day, of {ReportArguments.Words} (default: {string.Join(',', UsageExport.DefaultBy.Select(SpendDimensions.Name))}).");
    private readonly FormatOption _format = new("jsonl, json or csv (default: by the end of the file's name, else jsonl).", standard: null, ExportFormat.All);
    private readonly Option<string?> _out = new("--out") { Description = "The file, as usage-{date}.csv; {date}, {month} and {hour} are filled in, .gz compresses it. It is replaced as a whole.", HelpName = "file" };
    private readonly Option<bool> _daily = new("--daily") { Description = "Write each closed day to a file of its own, those that were missed first, until it is stopped. Needs {date} in --out." };
    private readonly Option<TimeSpan> _delay = new("--delay") { Description = "With --daily: how long after its end a day is closed (default: 00:05:00).", HelpName = "time", DefaultValueFactory = _ => TimeSpan.FromMinutes(5) };
    private readonly Option<string?> _webhook = new("--webhook") { Description = $"With --daily: where the totals of each closed day and month are posted, https:// or a loopback address (default: {WebhookVariable} from the environment, which others on the machine cannot read as they can a command line).", HelpName = "url" };
    private readonly Option<ReportColumns?> _webhookBy = Columns("--webhook-by", "By what these totals are apart (default: nothing; users are sent only where they are named here).");

    public ExportOptions()
    {
        _what.AcceptOnlyFromAmong(Records, Usage);
        _delay.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && !(TimeSpan.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var delay) && result.Tokens[0].Value.Contains(':', StringComparison.Ordinal) && delay >= TimeSpan.Zero && delay < TimeSpan.FromDays(1)))
            {
                result.AddError($"'{result.Tokens[0].Value}' is no --delay: write hours:minutes:seconds below a day, as 00:05:00.");
            }
        });
    }

    public RecordFilters Filters { get; } = new();

    public IEnumerable<Option> All => [_what, .. Filters.All, _by, _format, _out, _daily, _delay, _webhook, _webhookBy];

    /// <exception cref="ArgumentException">They contradict each other; the message says how.</exception>
    public ExportRequest Read(ParseResult arguments, Func<string, string?> variable)
    {
        var (what, file, daily) = (arguments.GetValue(_what)!, arguments.GetValue(_out), arguments.GetValue(_daily));
        var webhook = daily ? arguments.GetValue(_webhook) ?? variable(WebhookVariable) : arguments.GetValue(_webhook);
        var by = arguments.GetValue(_by);
        var problem = file is not null && ExportFile.Problem(file) is { } wrong ? $"--out: {wrong}"
            : what == Records && by is not null ? "--by goes with --what usage: records are not summed."
            : what == Usage && Filters.OfRecordsOnly.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } ofRecords ? $"{ofRecords.Name} goes with --what records."
            : daily && (file is null || !new ExportFile(file).IsDaily) ? "--daily needs --out with {date} in its name: a file for each day says which days are done."
            : daily && Filters.Days(arguments) is not (null, null) ? "--daily chooses the days itself: leave --from and --to out."
            : !daily && webhook is not null ? "--webhook goes with --daily: it is told of closed periods."
            : webhook is null ? null : Webhook.Problem(webhook);
        return problem is not null
            ? throw new ArgumentException(problem)
            : new ExportRequest(
                what,
                arguments.GetValue(_format) ?? (file is null ? null : ExportFormat.Of(file)) ?? ExportFormat.JsonLines,
                file,
                by?.By ?? UsageExport.DefaultBy,
                by?.Tags ?? [],
                daily,
                arguments.GetValue(_delay),
                webhook is null ? null : new Uri(webhook),
                arguments.GetValue(_webhookBy) ?? new ReportColumns([], []));
    }

    /// <summary>The sums that were asked for; without a range those of this month.</summary>
    public UsageReportQuery Query(ParseResult arguments, ExportRequest request, DateOnly today)
    {
        var (from, to) = Filters.Days(arguments);
        to ??= from > today ? from : today;
        return Query(request, Filters.Where(arguments), from ?? new DateOnly(to.Value.Year, to.Value.Month, 1), to.Value);
    }

    public static UsageReportQuery Query(ExportRequest request, ReportFilters? filters, DateOnly from, DateOnly to) => new()
    {
        From = from,
        To = to.DayNumber - from.DayNumber < MostDays ? to : throw new ArgumentException($"An export of sums is of at most {MostDays} days: {from:yyyy-MM-dd} to {to:yyyy-MM-dd} is more."),
        By = request.By,
        ByTags = request.ByTags,
        Where = filters?.Where ?? new Dictionary<SpendDimension, string?>(),
        WhereTags = filters?.Tags ?? new Dictionary<string, string?>(),
    };

    // No store keeps days for longer.
    private const int MostDays = 3660;

    private static Option<ReportColumns?> Columns(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = ReportArguments.Columns,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "dimension",
    };
}
