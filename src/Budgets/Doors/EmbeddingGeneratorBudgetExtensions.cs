using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds budgets to embedding generators.</summary>
public static class EmbeddingGeneratorBudgetExtensions
{
    extension<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> generator)
        where TEmbedding : Embedding
    {
        /// <summary>
        /// Wraps the generator so that each call holds room for the most that it may use in all limits that apply, before it is sent, and is charged what it used
        /// when it is over. A call without room is refused with <see cref="BudgetExceededException"/>.
        /// </summary>
        /// <remarks>
        /// A prompt is estimated; the answer has no tokens. Calls are never changed: another model's vectors mean something else. Put it outside the usage tracker; where there is none inside, or one that is switched off, one is put there. Disposing the returned generator disposes this one.
        /// </remarks>
        /// <param name="guard">Decides; may serve many clients, and is not disposed with them.</param>
        public IEmbeddingGenerator<TInput, TEmbedding> UseBudgets(BudgetGuard guard)
        {
            ArgumentNullException.ThrowIfNull(generator);
            ArgumentNullException.ThrowIfNull(guard);
            return Wrap(generator, GuardGate.Of(guard), null, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension{TInput, TEmbedding}(IEmbeddingGenerator{TInput, TEmbedding}).UseBudgets(BudgetGuard)"/>
        /// <param name="services">Where the guard is registered (<c>AddBudgets</c>), and what a tracker takes from there.</param>
        /// <exception cref="InvalidOperationException">No guard is registered there.</exception>
        public IEmbeddingGenerator<TInput, TEmbedding> UseBudgets(IServiceProvider services)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return Wrap(generator, GuardGate.Of(BudgetedClients.GuardOf(services)), null, inner => inner.UseUsageTracking(services, BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension{TInput, TEmbedding}(IEmbeddingGenerator{TInput, TEmbedding}).UseBudgets(BudgetGuard)"/>
        /// <param name="configure">Sets the limits of a guard of its own, as <see cref="BudgetGuard.Start"/>; it ends with what is returned.</param>
        /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
        public IEmbeddingGenerator<TInput, TEmbedding> UseBudgets(Action<BudgetOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(generator);
            ArgumentNullException.ThrowIfNull(configure);
            var guard = BudgetGuard.Start(configure);
            return Wrap(generator, GuardGate.Of(guard), guard, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }
    }

    internal static IEmbeddingGenerator<TInput, TEmbedding> Wrap<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> client, IBudgetGate gate, BudgetGuard? owned, Func<IEmbeddingGenerator<TInput, TEmbedding>, IEmbeddingGenerator<TInput, TEmbedding>> track)
        where TEmbedding : Embedding =>
        BudgetedClients.Wrap(client, gate, owned, static inner => inner.GetService(typeof(IUsageTracker)), track, static (inner, calls) => new BudgetedEmbeddingGenerator<TInput, TEmbedding>(inner, calls));
}
