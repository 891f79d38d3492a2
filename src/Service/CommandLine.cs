using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LlmTelemetry.Service;

/// <summary>The <c>llmtelemetry</c> command.</summary>
internal static class CommandLine
{
    public const int Ok = 0;

    /// <summary>The store is missing, not ours, or does not answer; there is no such session; a file cannot be read.</summary>
    public const int StoreProblem = 1;

    public const int BadArguments = 2;

    /// <summary>There is no price for the call that was asked for.</summary>
    public const int NoPrice = 3;

    public static async Task<int> RunAsync(
        string[] args,
        TextWriter output,
        TextWriter error,
        Func<string, string?> environment,
        TimeProvider time,
        Func<Stream> input,
        CommandSurroundings? surroundings = null,
        CancellationToken cancellationToken = default)
    {
        var context = new CommandContext(environment, time, input, surroundings ?? CommandSurroundings.None);
        var root = Root(context);
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction help } option)
        {
            option.Action = new HelpWithExamples(help);
        }

        // @name is a package, not a file with more arguments.
        var parsed = root.Parse(args, new() { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count != 0 && parsed.Action is not HelpWithExamples)
        {
            return await FailAsync(error, Problem(parsed), BadArguments).ConfigureAwait(false);
        }

        try
        {
            var invocation = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
            if (parsed.CommandResult.Command is ServeCommand)
            {
                // The default is to be killed two seconds after a signal, in the middle of a request.
                invocation.ProcessTerminationTimeout = ServeCommand.EndTimeout;
            }

            return await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException cause) when (StandardOutput.IsClosed(cause))
        {
            return Ok; // Nobody reads any more, as behind | head.
        }
    }

    /// <summary>All that the command knows; docs/cli.md describes it.</summary>
    public static RootCommand Root(CommandContext context)
    {
        RootCommand root = new("What LLM calls used and cost: from the ledger of LlmTelemetry, and by its prices.")
        {
            new ReportCommand(context.Variable, context.Time),
            new TopCommand(context.Variable, context.Time),
            new TrendCommand(context.Variable, context.Time),
            new ForecastCommand(context.Variable, context.Time),
            new InsightsCommand(context.Variable, context.Time),
            new RepriceCommand(context.Variable, context.Time),
            new ImportCommand(context.Variable, context.Time, context.Input),
            new PriceCommand(context.Time, context.Input),
            new PricesCommand(context.Variable, context.Time),
            new RecordsCommand(context),
            new ExportCommand(context),
            new BudgetCommand(context),
            new EraseCommand(context),
            new PruneCommand(context),
            new ClearCommand(context),
            new DoctorCommand(context),
            new ServeCommand(context),
        };
        FormatOption.AddJson(root);
        return root;
    }

    /// <summary>Says what is wrong in one line.</summary>
    public static async Task<int> FailAsync(TextWriter error, string message, int exitCode)
    {
        await error.WriteLineAsync($"llmtelemetry: {message.ReplaceLineEndings(" ")}").ConfigureAwait(false);
        return exitCode;
    }

    private static string Problem(ParseResult parsed) => parsed switch
    {
        { UnmatchedTokens: [var stranger, ..] } => $"'{stranger}' is not known here: --help shows what is.",
        { CommandResult.Command: RootCommand } => "Say what to do, as in: llmtelemetry report --by user; --help shows more.",
        { CommandResult.Command: { Subcommands: { Count: > 0 } verbs } group } => $"Say what to do: llmtelemetry {group.Name} {string.Join(" | ", verbs.Select(verb => verb.Name))}; --help shows more.",
        _ => parsed.Errors[0].Message,
    };

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.Write(
                $"""
                Examples:
                {string.Join("\n", Examples.Of(parseResult.CommandResult.Command).Select(example => "  " + example))}

                Exit codes: 0 done, 1 the store, a session or a file cannot be read, 2 wrong arguments, 3 no price is known; those of prices: llmtelemetry prices --help.

                """);
            return exitCode;
        }
    }
}
