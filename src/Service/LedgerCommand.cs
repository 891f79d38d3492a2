using System.CommandLine;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>A command that reads the ledger: where it is, and what becomes of errors.</summary>
internal abstract class LedgerCommand : Command
{
    private static readonly string DefaultStore = new CostExporterOptions().Store;

    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Where the ledger is: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://... or redis:HOST:PORT (default: {ReportCommand.StoreVariable} from the environment, else {DefaultStore}).",
        HelpName = "address",
    };

    private readonly Func<string, string?> _environment;

    protected LedgerCommand(string name, string description, Func<string, string?> environment, TimeProvider time)
        : base(name, description)
    {
        _environment = environment;
        Time = time;
        SetAction(RunAsync);
    }

    protected FormatOption Format { get; } = FormatOption.TableOrJson();

    protected Option<ReportFilters?> Where { get; } = new("--where")
    {
        Description = "Only calls with this value, as user=ada or tag:plan=gold; an empty value: calls that did not say. May be given again.",
        CustomParser = ReportArguments.Filters,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        HelpName = "dimension=value",
    };

    protected TimeProvider Time { get; }

    /// <summary>Adds the options, those of every such command last.</summary>
    protected void AddAll(params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            Add(option);
        }

        Add(_store);
    }

    protected bool IsJson(ParseResult arguments) => Format.IsJson(arguments);

    protected static IReadOnlyDictionary<SpendDimension, string?> WhereOf(ReportFilters? filters) => filters?.Where ?? new Dictionary<SpendDimension, string?>();

    protected static IReadOnlyDictionary<string, string?> TagsOf(ReportFilters? filters) => filters?.Tags ?? new Dictionary<string, string?>();

    /// <returns>What is printed.</returns>
    /// <exception cref="ArgumentException">What was asked contradicts itself.</exception>
    protected abstract Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken);

    /// <summary>Where the ledger is.</summary>
    protected string StoreOf(ParseResult arguments) => arguments.GetValue(_store) ?? _environment(ReportCommand.StoreVariable) ?? DefaultStore;

    /// <summary>Sets what the environment says of it.</summary>
    protected void Configure(CostExporterOptions options)
    {
        options.TimeProvider = Time;
        options.KeyPrefix = _environment(ReportCommand.KeyPrefixVariable) ?? options.KeyPrefix;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var error = arguments.InvocationConfiguration.Error;
        var store = StoreOf(arguments);
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
                return await RunAsync(arguments, reports, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception cause) when (cause is not IOException closed || !StandardOutput.IsClosed(closed)) // The edge of the program: whatever the store's client throws is one line for a person.
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.StoreProblem).ConfigureAwait(false);
        }
    }

    private async Task<int> RunAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await AnswerAsync(arguments, reports, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException cause)
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(text).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
