using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The options that choose records: those of <see cref="UsageRecordQuery"/>.</summary>
internal sealed class RecordFilters
{
    private readonly Option<RangeEnd?> _from = new("--from") { Description = "Only calls that ended then or later: a day of the ledger's zone, as 2026-11-01, or a moment, as 2026-11-01T12:00:00Z.", CustomParser = End, HelpName = "day" };
    private readonly Option<RangeEnd?> _to = new("--to") { Description = "Only calls that ended on that day or before it; with a moment: before it.", CustomParser = End, HelpName = "day" };

    private readonly Option<ReportFilters?> _where = new("--where")
    {
        Description = "Only calls with this value, as user=ada or tag:plan=gold; an empty value: calls that did not say. May be given again.",
        CustomParser = ReportArguments.Filters,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        HelpName = "dimension=value",
    };

    private readonly Option<bool?> _succeeded = new("--success") { Description = "true: only calls that completed; false: only those that did not.", HelpName = "true|false" };
    private readonly Option<string?> _errorType = new("--error-type") { Description = "Only failures of this type, as 429.", HelpName = "type" };
    private readonly Option<bool> _oldestFirst = new("--oldest-first") { Description = "The earliest call first, instead of the latest." };

    public IEnumerable<Option> All => [_from, _to, _where, _succeeded, _errorType, _oldestFirst];

    /// <summary>What of it sums know as well.</summary>
    public IEnumerable<Option> OfRecordsOnly => [_succeeded, _errorType, _oldestFirst];

    public ReportFilters? Where(ParseResult arguments) => arguments.GetValue(_where);

    /// <summary>The range in whole days; null where it is not said.</summary>
    public (DateOnly? From, DateOnly? To) Days(ParseResult arguments) => (Day(arguments, _from), Day(arguments, _to));

    public UsageRecordQuery Query(ParseResult arguments, TimeZoneInfo zone)
    {
        var filters = Where(arguments);
        return new UsageRecordQuery
        {
            From = arguments.GetValue(_from)?.Begin(zone),
            To = arguments.GetValue(_to)?.End(zone),
            Where = filters?.Where ?? new Dictionary<SpendDimension, string?>(),
            WhereTags = filters?.Tags ?? new Dictionary<string, string?>(),
            Succeeded = arguments.GetValue(_succeeded),
            ErrorType = arguments.GetValue(_errorType),
            OldestFirst = arguments.GetValue(_oldestFirst),
        };
    }

    private static DateOnly? Day(ParseResult arguments, Option<RangeEnd?> option) =>
        arguments.GetValue(option) switch
        {
            null => null,
            { Day: { } day } => day,
            _ => throw new ArgumentException($"{option.Name}: sums are kept by the day; write it as 2026-11-01."),
        };

    private static RangeEnd? End(ArgumentResult result) => End(result.Tokens[^1].Value, result.AddError);

    /// <summary>One end of a range, from elsewhere.</summary>
    public static RangeEnd? End(string text, Action<string> addError)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return new RangeEnd(day, default);
        }

        // Without an offset nobody knows which moment it is.
        if (text.Contains('T', StringComparison.Ordinal) && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) && time.Kind != DateTimeKind.Unspecified
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment))
        {
            return new RangeEnd(null, moment);
        }

        addError($"'{text}' is neither a day nor a moment: write it as 2026-11-01 or 2026-11-01T12:00:00Z.");
        return null;
    }

    /// <summary>One end of a range: a day, or a moment.</summary>
    internal sealed record RangeEnd(DateOnly? Day, DateTimeOffset Moment)
    {
        public DateTimeOffset Begin(TimeZoneInfo zone) => Day is { } day ? ReportPlan.StartOf(day, zone) : Moment;

        public DateTimeOffset End(TimeZoneInfo zone) => Day is { } day ? ReportPlan.EndOf(day, zone) : Moment;
    }
}
