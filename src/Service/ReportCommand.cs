using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry report</c>: totals and breakdowns over a range of days.</summary>
internal sealed class ReportCommand : Command
{
    public const string StoreVariable = "LlmTelemetry__Store";
    public const string KeyPrefixVariable = "LlmTelemetry__KeyPrefix";

    private static readonly string DefaultStore = new CostExporterOptions().Store;

    private readonly Option<SpendDimension[]> _by = new("--by")
    {
        Description = "What to break down by: provider, model, user, tenant, feature, day. Several: a,b or the option again.",
        CustomParser = ReportArguments.Dimensions,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "dimension",
    };

    private readonly Option<DateOnly?> _from = new("--from") { Description = "First day, as 2026-11-01 (default: the first of this month).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last day, inclusive (default: today).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<Dictionary<SpendDimension, string?>> _where = new("--where")
    {
        Description = "Only calls with this value, as user=ada; an empty value: calls that did not say. May be given again.",
        CustomParser = ReportArguments.Filters,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        HelpName = "dimension=value",
    };

    private readonly Option<string> _format = new("--format") { Description = "table, json or csv. CSV has columns for the buckets that were used: read them by their names.", HelpName = "format", DefaultValueFactory = _ => ReportFormat.Table };

    private readonly Option<bool> _byBucket = new("--by-bucket") { Description = "Break the cost down by what was used: input, cache_read, output ... (json and csv always do)." };

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Where the ledger is: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://... or redis:HOST:PORT (default: {StoreVariable} from the environment, else {DefaultStore}).",
        HelpName = "address",
    };

    private readonly Option<TimeZoneInfo?> _timeZone = new("--time-zone")
    {
        Description = "Zone of the days, as Europe/Berlin; it must be the ledger's (default: the ledger's).",
        CustomParser = ReportArguments.Zone,
        HelpName = "zone",
    };

    private readonly Func<string, string?> _environment;
    private readonly TimeProvider _time;

    public ReportCommand(Func<string, string?> environment, TimeProvider time)
        : base("report", "Prints what was used and spent, with the total.")
    {
        _environment = environment;
        _time = time;
        _format.AcceptOnlyFromAmong(ReportFormat.Table, ReportFormat.Json, ReportFormat.Csv);
        foreach (var option in new Option[] { _by, _from, _to, _where, _format, _byBucket, _store, _timeZone })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var error = arguments.InvocationConfiguration.Error;
        var store = arguments.GetValue(_store) ?? _environment(StoreVariable) ?? DefaultStore;
        try
        {
            _ = StoreAddress.Parse(store);
        }
        catch (FormatException cause)
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        try
        {
            var reports = await UsageReports.OpenAsync(store, Configure, cancellationToken).ConfigureAwait(false);
            await using (reports.ConfigureAwait(false))
            {
                if (arguments.GetValue(_timeZone) is { } zone && zone.Id != reports.TimeZone.Id)
                {
                    throw new InvalidOperationException($"The ledger keeps days of {reports.TimeZone.Id}, not of {zone.Id}.");
                }

                return await RunAsync(arguments, reports, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception cause) when (cause is not IOException closed || !StandardOutput.IsClosed(closed)) // The edge of the program: whatever the store's client throws is one line for a person.
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.StoreProblem).ConfigureAwait(false);
        }
    }

    private void Configure(CostExporterOptions options)
    {
        options.TimeProvider = _time;
        options.KeyPrefix = _environment(KeyPrefixVariable) ?? options.KeyPrefix;
    }

    private async Task<int> RunAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var (from, to) = (arguments.GetValue(_from), arguments.GetValue(_to));
        to ??= from > reports.Today ? from : reports.Today;
        from ??= new DateOnly(to.Value.Year, to.Value.Month, 1);
        var query = new UsageReportQuery { From = from.Value, To = to.Value, By = arguments.GetValue(_by) ?? [], Where = arguments.GetValue(_where) ?? [] };
        UsageReport report;
        try
        {
            report = await reports.QueryAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException cause)
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(ReportFormat.Render(report, arguments.GetValue(_format)!, arguments.GetValue(_byBucket))).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
