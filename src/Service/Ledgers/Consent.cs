using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary>What cannot be taken back is done when somebody said so: by <c>--yes</c>, or on a terminal by an answer.</summary>
internal static class Consent
{
    public static Option<bool> Option() => new("--yes") { Description = "Do not ask. Needed where nobody can be asked: in a script, behind a pipe." };

    /// <returns>Null: go on; else the exit code.</returns>
    public static async Task<int?> AskAsync(ParseResult arguments, Option<bool> yes, CommandContext context, string what, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(yes))
        {
            return null;
        }

        var error = arguments.InvocationConfiguration.Error;
        if (!context.Surroundings.CanAsk)
        {
            return await CommandLine.FailAsync(error, $"This cannot be taken back: {what} Nobody can be asked here; say --yes to do it.", CommandLine.BadArguments).ConfigureAwait(false);
        }

        await error.WriteAsync($"This cannot be taken back: {what} Go on? [y/N] ").ConfigureAwait(false);
        using var input = new StreamReader(context.Input());
        var answer = (await input.ReadLineAsync(cancellationToken).ConfigureAwait(false))?.Trim();
        return answer is "y" or "Y" or "yes" ? null : await CommandLine.FailAsync(error, "Nothing was changed.", CommandLine.BadArguments).ConfigureAwait(false);
    }
}
