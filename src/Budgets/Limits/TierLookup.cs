using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Finds a call's tier: what the callback says, else the scope, else the default.</summary>
/// <param name="failures">Told of what the callback threw.</param>
internal sealed class TierLookup(RareLog failures)
{
    /// <summary>The tier; null: none, or it does not matter.</summary>
    public ValueTask<string?> FindAsync(GuardSettings settings, in CallSubject call, CancellationToken cancellationToken) =>
        Known(settings, call) is { } known ? new(known.Tier) : AskAsync(settings.Options, call.Attribution, cancellationToken);

    /// <summary>The call with its tier where nobody has to be asked for it; null: the callback must be.</summary>
    public static CallSubject? Known(GuardSettings settings, in CallSubject call)
    {
        if (!string.IsNullOrEmpty(call.Tier) || !settings.Limits.NeedsTier)
        {
            return call;
        }

        return settings.Options.TierOf is null ? call with { Tier = Said(settings.Options, call.Attribution) } : null;
    }

    private async ValueTask<string?> AskAsync(BudgetOptions options, Attribution attribution, CancellationToken cancellationToken)
    {
        try
        {
            if (options.TierOf is { } tierOf && await tierOf(attribution, cancellationToken).ConfigureAwait(false) is { } tier && !string.IsNullOrWhiteSpace(tier))
            {
                return tier;
            }
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // The application's own code must not stop the call.
        {
            failures.Write(cause);
        }

        return Said(options, attribution);
    }

    // A default tier is a user's: who says no user has none.
    private static string? Said(BudgetOptions options, in Attribution attribution) =>
        !string.IsNullOrWhiteSpace(attribution.Tier) ? attribution.Tier : string.IsNullOrEmpty(attribution.User) ? null : options.DefaultTier;
}
