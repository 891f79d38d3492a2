using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds budgets to chat clients.</summary>
public static class ChatClientBudgetExtensions
{
    extension(IChatClient client)
    {
        /// <summary>
        /// Wraps the client so that each call holds room for the most that it may use in all limits that apply, before it is sent, and is charged what it used
        /// when it is over. A call without room is refused with <see cref="BudgetExceededException"/>, or changed, as <see cref="BudgetOptions.OnOverBudget"/> says.
        /// </summary>
        /// <remarks>
        /// Put it outside the usage tracker, which tells what calls used; where there is none inside, or one that is switched off, one is put there. Outside function
        /// invocation a whole turn is one hold of one call's size, and is charged all of its calls; inside it, which is stricter, each call holds its own. A stream is held when
        /// its first update is asked for. Fetching an earlier answer by its <c>ContinuationToken</c> holds and charges nothing: the call that began it was charged its estimate.
        /// Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="guard">Decides; may serve many clients, and is not disposed with them.</param>
        public IChatClient UseBudgets(BudgetGuard guard)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(guard);
            return Wrap(client, GuardGate.Of(guard), owned: null, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(IChatClient).UseBudgets(BudgetGuard)"/>
        /// <param name="services">Where the guard is registered (<c>AddBudgets</c>), and what a tracker takes from there.</param>
        /// <exception cref="InvalidOperationException">No guard is registered there.</exception>
        public IChatClient UseBudgets(IServiceProvider services)
        {
            ArgumentNullException.ThrowIfNull(client);
            return Wrap(client, GuardGate.Of(BudgetedClients.GuardOf(services)), owned: null, inner => inner.UseUsageTracking(services, BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(IChatClient).UseBudgets(BudgetGuard)"/>
        /// <param name="configure">Sets the limits of a guard of the client's own, as <see cref="BudgetGuard.Start"/>; it ends with the returned client.</param>
        /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
        public IChatClient UseBudgets(Action<BudgetOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(configure);
            var guard = BudgetGuard.Start(configure);
            return Wrap(client, GuardGate.Of(guard), guard, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }
    }

    internal static IChatClient Wrap(IChatClient client, IBudgetGate gate, BudgetGuard? owned = null, Func<IChatClient, IChatClient>? track = null) => BudgetedClients.Wrap(
        client,
        gate,
        owned,
        static inner => inner.GetService(typeof(IUsageTracker)),
        track ?? (static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets)),
        static (inner, calls) => new BudgetedChatClient(inner, calls));
}
