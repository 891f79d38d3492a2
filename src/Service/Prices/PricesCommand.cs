using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry prices</c>: keeps a price file up to date.</summary>
internal sealed class PricesCommand : Command
{
    /// <summary>Prices differ, or do not pass the check.</summary>
    public const int Differs = 1;

    public PricesCommand(Func<string, string?> environment, TimeProvider time)
        : base("prices", "Checks, compares and updates price files. Exit codes: 0 fine, 1 prices differ or fail the check, 2 wrong arguments or unreadable.")
    {
        Add(new PricesCheckCommand(time));
        Add(new PricesDiffCommand(time));
        Add(new PricesUpdateCommand(environment, time));
    }

    public static Option<string[]> Allow() => new("--allow")
    {
        Description = "An entry whose findings are no errors, as openai/gpt-5 or openai/*. May be given again.",
        HelpName = "provider/model",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Say all that is left out of a feed, and all models that only one source has." };

    /// <summary>Runs a command; what cannot be read is one line for a person.</summary>
    public static async Task<int> RunAsync(ParseResult arguments, Func<TextWriter, Task<int>> run)
    {
        if (arguments.CommandResult.Children.Any(result => result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))))
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, "An argument is empty: files, packages and entries have names.", CommandLine.BadArguments).ConfigureAwait(false);
        }

        try
        {
            return await run(arguments.InvocationConfiguration.Output).ConfigureAwait(false);
        }
        catch (IOException cause) when (StandardOutput.IsClosed(cause))
        {
            return Differs; // Nobody reads any more, as behind | head. Where the check did not end, nothing is fine or written.
        }
        catch (Exception cause) when (cause is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return await CommandLine.FailAsync(arguments.InvocationConfiguration.Error, cause.Message, CommandLine.BadArguments).ConfigureAwait(false);
        }
    }

    /// <summary>The day of a feed that is read now.</summary>
    public static DateOnly Today(TimeProvider time) => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
