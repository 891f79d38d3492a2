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

    private readonly ReportWhen _when = new();

    private readonly Option<ReportFilters?> _where = new("--where")
    {
        Description = "Only calls with this value, as user=ada or tag:plan=gold; an empty value: calls that did not say; success=true or success=false: those that were completed, or were not. May be given again.",
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

    private readonly FormatOption _format = new("table, json or csv. CSV has columns for the buckets that were used: read them by their names.", ReportFormat.Table, ReportFormat.Table, ReportFormat.Json, ReportFormat.Csv);

    private readonly Option<bool> _byBucket = new("--by-bucket") { Description = "Break the cost down by what was used: input, cache_read, output ... (json and csv always do)." };

    private readonly Option<bool> _averages = new("--averages") { Description = "What it comes to for one call and for 1,000 tokens, cache hits and unpriced shares in percent (json and csv always have them)." };

    private readonly Option<bool> _api = new("--api") { Description = "What was used of APIs that are no models, by their key: requests, bytes, cost and charge." };

    private readonly Option<bool> _sessions = new("--sessions") { Description = "Also how many sessions ended, and how long they lasted on the average; by user, tenant, feature, tier, client, environment, day and tag." };

    private readonly Option<int?> _top = new("--top", "--limit") { Description = "The first so many rows; the others are summed as (other).", HelpName = "count" };

    private readonly Option<UsageReportSort> _sort = new("--sort")
    {
        Description = "The order of the rows: cost, charged, calls, tokens (the most first) or name (default: cost).",
        CustomParser = ReportArguments.Sort,
        HelpName = "figure",
    };

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Where the ledger is: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://... or redis:HOST:PORT (default: {StoreVariable} from the environment, else {DefaultStore}).",
        HelpName = "address",
    };

    private readonly Option<TimeZoneInfo?> _timeZone = new("--time-zone")
    {
        Description = "Zone of the days, as Europe/Berlin (default: the ledger's). Another than the ledger's reaches as far back as hours are kept.",
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
        foreach (var option in (Option[])[_by, .. _when.Options, _where, _top, _sort, _session, _metric, _api, _sessions, _format, _byBucket, _averages, _store, _timeZone])
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
            _when.Check(arguments);
            Check(arguments);
        }
        catch (Exception cause) when (cause is FormatException or ArgumentException)
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        try
        {
            var reports = await UsageReports.OpenAsync(store, Configure, cancellationToken).ConfigureAwait(false);
            await using (reports.ConfigureAwait(false))
            {
                return arguments.GetValue(_session) is { } session
                    ? await RunAsync(arguments, reports, session, cancellationToken).ConfigureAwait(false)
                    : await RunAsync(arguments, reports, cancellationToken).ConfigureAwait(false);
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

    /// <exception cref="ArgumentException">Two options contradict each other.</exception>
    private void Check(ParseResult arguments)
    {
        var filters = arguments.GetValue(_where) ?? ReportFilters.None;
        var isOfTenant = filters.Where.ContainsKey(SpendDimension.Tenant);
        if (arguments.GetValue(_session) is not null
            && (_when.IsSaid(arguments) || Given(arguments, _by, _metric, _api, _sessions, _top, _sort).Any() || filters.Succeeded is not null || filters.Where.Count + filters.Tags.Count > (isOfTenant ? 1 : 0)))
        {
            throw new ArgumentException("--session is a report of its own: of the filters it goes with --where tenant=..., and with none of --by, --from, --to, --today, --month, --year, --last, --top, --sort, --sessions, --api and --metric; --by session --where session=ID does.");
        }

        if (arguments.GetResult(_metric) is not null && Given(arguments, _byBucket, _averages, _api, _sessions, _top, _sort).FirstOrDefault() is { } usages)
        {
            throw new ArgumentException($"--metric is of figures and not of usage, which has costs to break down and sum up: leave {usages.Name} out.");
        }

        if (arguments.GetValue(_api) && filters.Where.ContainsKey(SpendDimension.Operation))
        {
            throw new ArgumentException("--api is of one operation: leave the filter for operation out.");
        }

        if (Given(arguments, _byBucket, _averages, _api).ToArray() is [var one, var other, ..])
        {
            throw new ArgumentException($"{one.Name} and {other.Name} are two tables: ask for one at a time, or for --format json, which has all of it.");
        }
    }

    private static IEnumerable<Option> Given(ParseResult arguments, params Option[] options) => options.Where(option => arguments.GetResult(option) is { Implicit: false });

    private async Task<int> RunAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            var (query, format) = (Query(arguments, reports), arguments.GetValue(_format)!);
            text = arguments.GetResult(_metric) is not null
                ? ReportFormat.Render(await reports.QueryMetricsAsync(query, arguments.GetValue(_metric), cancellationToken).ConfigureAwait(false), format, _when.IsCurrent(arguments))
                : ReportFormat.Render(await reports.QueryAsync(query, cancellationToken).ConfigureAwait(false), format, Table(arguments), _when.IsCurrent(arguments));
        }
        catch (ArgumentException cause)
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(text).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    private UsageReportQuery Query(ParseResult arguments, UsageReports reports)
    {
        var (columns, filters, zone) = (arguments.GetValue(_by), arguments.GetValue(_where) ?? ReportFilters.None, arguments.GetValue(_timeZone));
        var query = _when.Query(arguments, reports, zone) with
        {
            By = columns?.By ?? [],
            ByTags = columns?.Tags ?? [],
            Where = filters.Where,
            WhereTags = filters.Tags,
            Succeeded = filters.Succeeded,
            Top = arguments.GetValue(_top),
            Sort = arguments.GetValue(_sort),
            Sessions = arguments.GetValue(_sessions),
        };
        query = arguments.GetValue(_api) ? query.OfApis() : query;
        return _when.IsOpen(arguments) ? ReportWhen.Reachable(query, reports) : query;
    }

    private Func<UsageReport, string> Table(ParseResult arguments) =>
        arguments.GetValue(_byBucket) ? report => report.ToBucketTable()
        : arguments.GetValue(_averages) ? report => report.ToAverageTable()
        : arguments.GetValue(_api) ? report => report.ToApiTable()
        : report => report.ToTable();

    private async Task<int> RunAsync(ParseResult arguments, UsageReports reports, string id, CancellationToken cancellationToken)
    {
        string? tenant = null;
        var isOfTenant = arguments.GetValue(_where)?.Where.TryGetValue(SpendDimension.Tenant, out tenant) == true;
        var session = await (isOfTenant ? reports.GetSessionAsync(id, tenant, cancellationToken) : reports.GetSessionAsync(id, cancellationToken)).ConfigureAwait(false);
        if (session is null)
        {
            return await CommandLine.FailAsync(
                arguments.InvocationConfiguration.Error,
                $"There is no session '{id}'{(isOfTenant ? $" of the tenant '{tenant}'" : "")}: nothing was recorded for it, or only longer ago than sessions are kept.",
                CommandLine.StoreProblem).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(ReportFormat.Render(session, arguments.GetValue(_format)!, Table(arguments))).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
