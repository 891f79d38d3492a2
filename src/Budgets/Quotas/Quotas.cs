using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>What a user may still use, and charging what was used outside the pipeline.</summary>
internal sealed class Quotas(BudgetGuard guard, RareLog failures)
{
    // Far above what any counter holds, and far below what a decimal can say in pico-USD.
    private const decimal MostUsd = 1_000_000_000;

    /// <inheritdoc cref="BudgetGuard.GetQuotaAsync"/>
    public async Task<BudgetQuota> GetAsync(string user, string? tier, CancellationToken cancellationToken)
    {
        var settings = guard.Settings;
        var subject = await SubjectAsync(user, tier, cancellationToken).ConfigureAwait(false);

        // What all users share is nobody's quota, and not for a user's eyes.
        AppliedLimit[] limits = [.. settings.Limits.For(subject).Where(limit => (limit.Limit.Per & BudgetScope.User) != 0)];
        var states = await TryReadAsync(settings, limits, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<BudgetState> all = states ?? [.. limits.Select(Unread)];
        var refusing = all.Where((_, i) => !limits[i].Limit.Shadow).ToArray();
        return new BudgetQuota(
            subject.Attribution.User!, subject.Tier, Tightest(refusing, WindowKind.Day), Tightest(refusing, WindowKind.Month), all, IsStale: states is null);
    }

    /// <inheritdoc cref="BudgetGuard.CheckQuotaAsync"/>
    public async Task<bool> CheckAsync(string user, string? tier, CancellationToken cancellationToken)
    {
        var settings = guard.Settings;
        var subject = await SubjectAsync(user, tier, cancellationToken).ConfigureAwait(false);
        AppliedLimit[] limits = [.. settings.Limits.For(subject).Where(limit => !settings.IsShadow && !limit.Limit.Shadow)];
        var states = await TryReadAsync(settings, limits, cancellationToken).ConfigureAwait(false);
        return states?.All(state => state.Remaining is not <= 0)
            ?? !limits.Any(limit => settings.Refuses(limit.Limit) && settings.OnStoreFailure(limit.Limit) == StoreFailurePolicy.Closed);
    }

    /// <inheritdoc cref="BudgetGuard.ChargeAsync(string, long, decimal?, string?, CancellationToken)"/>
    public async Task ChargeAsync(string user, long tokens, decimal? cost, string? tier, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        if (cost is < 0 or > MostUsd)
        {
            throw new ArgumentOutOfRangeException(nameof(cost), cost, $"A cost must be from 0 to {BudgetExceededException.Text(MostUsd)} USD.");
        }

        Int128? pico = cost is { } usd ? (Int128)decimal.Round(usd * Cost.PicoPerUsd, MidpointRounding.ToEven) : null;
        await guard.ChargeAsync(Caller(user, tier), new CallAmounts(tokens, 0, pico), cancellationToken).ConfigureAwait(false);
    }

    private static BudgetState? Tightest(IEnumerable<BudgetState> states, WindowKind window) =>
        states.Where(state => state.Window.Kind == window).MinBy(state => state is { Limit: { } limit, Remaining: { } left } ? limit == 0 ? 0 : left / limit : decimal.MaxValue);

    private static BudgetState Unread(AppliedLimit limit) =>
        new(limit.Limit.Name, limit.Limit.Unit, limit.Limit.Window, limit.Limit.Per, limit.Counter.Subject, limit.Limit.Amount, Used: 0, Held: 0, ResetsAt: null);

    // As calls are attributed, so that both find the same counter.
    private static CallSubject Caller(string user, string? tier)
    {
        var id = Attribution.Clean(user);
        ArgumentException.ThrowIfNullOrEmpty(id, nameof(user));
        return new CallSubject(new Attribution(User: id), Tier: string.IsNullOrWhiteSpace(tier) ? null : Attribution.Clean(tier));
    }

    private ValueTask<CallSubject> SubjectAsync(string user, string? tier, CancellationToken cancellationToken) => guard.ResolveAsync(Caller(user, tier), cancellationToken);

    // Null: the store cannot be asked.
    private async Task<IReadOnlyList<BudgetState>?> TryReadAsync(GuardSettings settings, AppliedLimit[] limits, CancellationToken cancellationToken)
    {
        if (limits.Length == 0)
        {
            return [];
        }

        if (!guard.Circuit.TryEnter())
        {
            return null;
        }

        try
        {
            return await guard.Store.ReadAsync(limits, settings.Limits.Calendar, settings.Options.StoreTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // The answer says that it does not know.
        {
            failures.Write(cause);
            return null;
        }
    }
}
