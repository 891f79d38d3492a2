using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry report</c>: totals and breakdowns over a range of days.</summary>
internal sealed class ReportCommand : Command
{
    public const string StoreVariable = "LlmTelemetry__Store";
    public const string KeyPrefixVariable = "LlmTelemetry__KeyPrefix";

    private static readonly string DefaultStore = new CostExporterOptions().Store;

    private readonly Option<ReportColumns?> _by = new("--by")
    {
        Description = $"What to break down by: {ReportArguments.Words}. Several: a,b or the option again. Conversations and sessions reach as far back as hours are kept (8 days unless set otherwise).",
        CustomParser = ReportArguments.Columns,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        HelpName = "dimension",
    };

    private readonly Option<DateOnly?> _from = new("--from") { Description = "First day, as 2026-11-01 (default: the first of this month).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last day, inclusive (default: today).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<ReportFilters?> _where = new("--where")
    {
        Description = "Only calls with this value, as user=ada or tag:plan=gold; an empty value: calls that did not say. May be given again.",
        CustomParser = ReportArguments.Filters,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        HelpName = "dimension=value",
    };

    private readonly Option<string?> _session = new("--session")
    {
        Description = "What this session used and spent so far, also while it runs. Where several tenants have one of this id: with --where tenant=acme.",
        HelpName = "id",
    };

    private readonly Option<string?> _metric = new("--metric")
    {
        Description = "What the figures of this metric add up to (session.duration, or what the application records), instead of usage; without a name: of every metric.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "name",
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
        foreach (var option in new Option[] { _by, _from, _to, _where, _session, _metric, _format, _byBucket, _store, _timeZone })
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
        var filters = arguments.GetValue(_where);
        if (arguments.GetValue(_session) is { } session)
        {
            return await RunAsync(arguments, reports, session, filters, cancellationToken).ConfigureAwait(false);
        }

        var isOfMetrics = arguments.GetResult(_metric) is not null;
        if (isOfMetrics && arguments.GetValue(_byBucket))
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, "--metric has no cost to break down: leave --by-bucket out.", CommandLine.BadArguments).ConfigureAwait(false);
        }

        var columns = arguments.GetValue(_by);
        var (from, to) = (arguments.GetValue(_from), arguments.GetValue(_to));
        to ??= from > reports.Today ? from : reports.Today;
        var query = new UsageReportQuery
        {
            From = from ?? new DateOnly(to.Value.Year, to.Value.Month, 1),
            To = to.Value,
            By = columns?.By ?? [],
            ByTags = columns?.Tags ?? [],
            Where = filters?.Where ?? new Dictionary<SpendDimension, string?>(),
            WhereTags = filters?.Tags ?? new Dictionary<string, string?>(),
        };
        if (from is null && query.IsOfHours && reports.FirstDayOfHours is var first && first > query.From && first <= query.To)
        {
            // Nobody said from when: what is still known, and the heading says since when that is.
            query = query with { From = first };
        }

        string text;
        try
        {
            var format = arguments.GetValue(_format)!;
            text = isOfMetrics
                ? ReportFormat.Render(await reports.QueryMetricsAsync(query, arguments.GetValue(_metric), cancellationToken).ConfigureAwait(false), format)
                : ReportFormat.Render(await reports.QueryAsync(query, cancellationToken).ConfigureAwait(false), format, arguments.GetValue(_byBucket));
        }
        catch (ArgumentException cause)
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(text).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    private async Task<int> RunAsync(ParseResult arguments, UsageReports reports, string id, ReportFilters? filters, CancellationToken cancellationToken)
    {
        var error = arguments.InvocationConfiguration.Error;
        string? tenant = null;
        var isOfTenant = filters is not null && filters.Where.TryGetValue(SpendDimension.Tenant, out tenant);
        if (new Option[] { _by, _from, _to, _metric }.Any(option => arguments.GetResult(option) is { Implicit: false }) || (filters is not null && filters.Where.Count + filters.Tags.Count > (isOfTenant ? 1 : 0)))
        {
            return await CommandLine.FailAsync(error, "--session is a report of its own: of the filters it goes with --where tenant=..., and with none of --by, --from, --to and --metric; --by session --where session=ID does.", CommandLine.BadArguments).ConfigureAwait(false);
        }

        var session = await (isOfTenant ? reports.GetSessionAsync(id, tenant, cancellationToken) : reports.GetSessionAsync(id, cancellationToken)).ConfigureAwait(false);
        if (session is null)
        {
            return await CommandLine.FailAsync(error, $"There is no session '{id}'{(isOfTenant ? $" of the tenant '{tenant}'" : "")}: nothing was recorded for it, or only longer ago than sessions are kept.", CommandLine.StoreProblem).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(ReportFormat.Render(session, arguments.GetValue(_format)!, arguments.GetValue(_byBucket))).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
