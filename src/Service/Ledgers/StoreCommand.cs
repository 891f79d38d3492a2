using System.CommandLine;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>A verb that works on a ledger: finds it as its exporter does, and says in one line what went wrong.</summary>
internal abstract class StoreCommand : Command
{
    private readonly Option<string?> _store = new("--store")
    {
        Description = $"Where the ledger is: sqlite:FILE, redis://[user:password@]HOST:PORT[/db], rediss://... or redis:HOST:PORT (default: {ReportCommand.StoreVariable} from the environment, else {new CostExporterOptions().Store}).",
        HelpName = "address",
    };

    protected StoreCommand(string name, string description, CommandContext context, params ReadOnlySpan<Option> options)
        : base(name, description)
    {
        Context = context;
        foreach (var option in options)
        {
            Add(option);
        }

        Add(_store);
        SetAction(GuardAsync);
    }

    protected CommandContext Context { get; }

    protected string? Store(ParseResult arguments) => arguments.GetValue(_store);

    protected abstract Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken);

    private async Task<int> GuardAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var error = arguments.InvocationConfiguration.Error;
        CostExporterOptions options;
        try
        {
            options = Context.Options(Store(arguments));
        }
        catch (Exception cause) when (cause is FormatException or OptionsValidationException)
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }

        try
        {
            return await RunAsync(arguments, options, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException cause) when (cause is not ArgumentNullException)
        {
            // What a query contradicts itself in, and what a store cannot be asked.
            return await CommandLine.FailAsync(error, ReadFailures.Text(cause), CommandLine.BadArguments).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is not IOException closed || !StandardOutput.IsClosed(closed)) // The edge of the program: whatever the store's client throws is one line for a person.
        {
            return await CommandLine.FailAsync(error, cause.Message, CommandLine.StoreProblem).ConfigureAwait(false);
        }
    }
}
