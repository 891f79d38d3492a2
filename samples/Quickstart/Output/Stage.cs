using LlmTelemetry.Usage;
using Spectre.Console;

namespace LlmTelemetry.Quickstart;

/// <summary>Plays the story and shows each call as it ends: with a spinner on a terminal, in plain lines elsewhere.</summary>
internal sealed class Stage(IAnsiConsole console, RunTally tally)
{
    private int _shown;

    /// <summary>What went wrong last; in the story one call is meant to.</summary>
    public Exception? LastFailure { get; private set; }

    public async Task PlayAsync(IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        if (!console.Profile.Capabilities.Interactive)
        {
            await PlayAsync(steps, _ => { }, cancellationToken);
            return;
        }

        await console.Status().StartAsync("Starting", status => PlayAsync(steps, text => status.Status(Markup.Escape(text)), cancellationToken));
    }

    private async Task PlayAsync(IReadOnlyList<Step> steps, Action<string> announce, CancellationToken cancellationToken)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            announce($"{i + 1} of {steps.Count}: {steps[i].What}");
            try
            {
                await steps[i].PlayAsync(cancellationToken);
            }
            catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // A failed call is counted like any other; the story goes on.
            {
                LastFailure = cause;
            }

            foreach (var call in tally.Calls.Skip(_shown))
            {
                console.MarkupLine($"  {Markup.Escape(steps[i].What),-32}[grey]{Markup.Escape(Describe(call))}[/]");
                _shown++;
            }
        }
    }

    private static string Describe(UsageEvent call)
    {
        var said = new List<string>();
        if (call.Outcome != CallOutcome.Completed)
        {
            said.Add(call.ErrorType is { } error ? $"failed ({error})" : call.Outcome.ToString().ToLowerInvariant());
        }

        said.Add(call.HasUsage ? $"{Text.Count(call.Usage.InputTokens)} in, {Text.Count(call.Usage.OutputTokens)} out" : "usage not reported");
        if (call.HasUsage)
        {
            said.Add(call.HasCost ? (call.Quality == CostQuality.Partial ? "at least " : "") + Text.Usd(call.Cost.Amount) : "price not known");
        }

        return $"{call.Attribution.User,-5} {call.Model,-25} {string.Join(", ", said)}";
    }
}
