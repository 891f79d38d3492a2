using System.CommandLine;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>A verb of <c>llmtelemetry budget</c>.</summary>
internal abstract class BudgetVerb(string name, string description, CommandContext context, params ReadOnlySpan<Option> options)
    : StoreCommand(name, description, context, options)
{
    /// <summary>The user's answer, before anything is opened. Default: nothing is asked.</summary>
    protected virtual Task<int?> ConsentAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken) => Task.FromResult<int?>(null);

    /// <returns>What is printed.</returns>
    protected abstract Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken);

    protected sealed override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        if (await ConsentAsync(arguments, options, cancellationToken).ConfigureAwait(false) is { } exitCode)
        {
            return exitCode;
        }

        string text;
        var budgets = await BudgetDoor.OpenAsync(Context, Store(arguments), options, cancellationToken).ConfigureAwait(false);
        await using (budgets.ConfigureAwait(false))
        {
            text = await RunAsync(arguments, budgets, cancellationToken).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(text).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
