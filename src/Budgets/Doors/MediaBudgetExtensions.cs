using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds budgets to clients for images and speech; experimental as long as their interfaces are.</summary>
[Experimental("MEAI001")]
public static class MediaBudgetExtensions
{
    extension(IImageGenerator generator)
    {
        /// <summary>
        /// Wraps the generator so that each call holds room for the most that it may use in all limits that apply, before it is sent, and is charged what it used
        /// when it is over. A call without room is refused with <see cref="BudgetExceededException"/>.
        /// </summary>
        /// <remarks>
        /// Images are estimated by their number and size, and by the tokens of a large one. Put it outside the usage tracker; where there is none inside, or one that is switched off, one is put there. Disposing the returned generator disposes this one.
        /// </remarks>
        /// <param name="guard">Decides; may serve many clients, and is not disposed with them.</param>
        public IImageGenerator UseBudgets(BudgetGuard guard)
        {
            ArgumentNullException.ThrowIfNull(generator);
            ArgumentNullException.ThrowIfNull(guard);
            return Wrap(generator, GuardGate.Of(guard), null, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(IImageGenerator).UseBudgets(BudgetGuard)"/>
        /// <param name="services">Where the guard is registered (<c>AddBudgets</c>), and what a tracker takes from there.</param>
        /// <exception cref="InvalidOperationException">No guard is registered there.</exception>
        public IImageGenerator UseBudgets(IServiceProvider services)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return Wrap(generator, GuardGate.Of(BudgetedClients.GuardOf(services)), null, inner => inner.UseUsageTracking(services, BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(IImageGenerator).UseBudgets(BudgetGuard)"/>
        /// <param name="configure">Sets the limits of a guard of its own, as <see cref="BudgetGuard.Start"/>; it ends with what is returned.</param>
        /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
        public IImageGenerator UseBudgets(Action<BudgetOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(generator);
            ArgumentNullException.ThrowIfNull(configure);
            var guard = BudgetGuard.Start(configure);
            return Wrap(generator, GuardGate.Of(guard), guard, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }
    }

    extension(ISpeechToTextClient client)
    {
        /// <summary>
        /// Wraps the client so that each call holds room for the most that it may use in all limits that apply, before it is sent, and is charged what it used
        /// when it is over. A call without room is refused with <see cref="BudgetExceededException"/>.
        /// </summary>
        /// <remarks>
        /// How long audio is is not known before: a second must find room, and the call is charged what it was. Put it outside the usage tracker; where there is none inside, or one that is switched off, one is put there. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="guard">Decides; may serve many clients, and is not disposed with them.</param>
        public ISpeechToTextClient UseBudgets(BudgetGuard guard)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(guard);
            return Wrap(client, GuardGate.Of(guard), null, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(ISpeechToTextClient).UseBudgets(BudgetGuard)"/>
        /// <param name="services">Where the guard is registered (<c>AddBudgets</c>), and what a tracker takes from there.</param>
        /// <exception cref="InvalidOperationException">No guard is registered there.</exception>
        public ISpeechToTextClient UseBudgets(IServiceProvider services)
        {
            ArgumentNullException.ThrowIfNull(client);
            return Wrap(client, GuardGate.Of(BudgetedClients.GuardOf(services)), null, inner => inner.UseUsageTracking(services, BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(ISpeechToTextClient).UseBudgets(BudgetGuard)"/>
        /// <param name="configure">Sets the limits of a guard of its own, as <see cref="BudgetGuard.Start"/>; it ends with what is returned.</param>
        /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
        public ISpeechToTextClient UseBudgets(Action<BudgetOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(configure);
            var guard = BudgetGuard.Start(configure);
            return Wrap(client, GuardGate.Of(guard), guard, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }
    }

    extension(ITextToSpeechClient client)
    {
        /// <summary>
        /// Wraps the client so that each call holds room for the most that it may use in all limits that apply, before it is sent, and is charged what it used
        /// when it is over. A call without room is refused with <see cref="BudgetExceededException"/>.
        /// </summary>
        /// <remarks>
        /// The text is estimated; of the audio a second must find room, and the call is charged what it was. Put it outside the usage tracker; where there is none inside, or one that is switched off, one is put there. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="guard">Decides; may serve many clients, and is not disposed with them.</param>
        public ITextToSpeechClient UseBudgets(BudgetGuard guard)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(guard);
            return Wrap(client, GuardGate.Of(guard), null, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(ITextToSpeechClient).UseBudgets(BudgetGuard)"/>
        /// <param name="services">Where the guard is registered (<c>AddBudgets</c>), and what a tracker takes from there.</param>
        /// <exception cref="InvalidOperationException">No guard is registered there.</exception>
        public ITextToSpeechClient UseBudgets(IServiceProvider services)
        {
            ArgumentNullException.ThrowIfNull(client);
            return Wrap(client, GuardGate.Of(BudgetedClients.GuardOf(services)), null, inner => inner.UseUsageTracking(services, BudgetedClients.ForBudgets));
        }

        /// <inheritdoc cref="extension(ITextToSpeechClient).UseBudgets(BudgetGuard)"/>
        /// <param name="configure">Sets the limits of a guard of its own, as <see cref="BudgetGuard.Start"/>; it ends with what is returned.</param>
        /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
        public ITextToSpeechClient UseBudgets(Action<BudgetOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(client);
            ArgumentNullException.ThrowIfNull(configure);
            var guard = BudgetGuard.Start(configure);
            return Wrap(client, GuardGate.Of(guard), guard, static inner => inner.UseUsageTracking(BudgetedClients.ForBudgets));
        }
    }

    internal static IImageGenerator Wrap(IImageGenerator client, IBudgetGate gate, BudgetGuard? owned, Func<IImageGenerator, IImageGenerator> track) =>
        BudgetedClients.Wrap(client, gate, owned, static inner => inner.GetService(typeof(IUsageTracker)), track, static (inner, calls) => new BudgetedImageGenerator(inner, calls));

    internal static ISpeechToTextClient Wrap(ISpeechToTextClient client, IBudgetGate gate, BudgetGuard? owned, Func<ISpeechToTextClient, ISpeechToTextClient> track) =>
        BudgetedClients.Wrap(client, gate, owned, static inner => inner.GetService(typeof(IUsageTracker)), track, static (inner, calls) => new BudgetedSpeechToTextClient(inner, calls));

    internal static ITextToSpeechClient Wrap(ITextToSpeechClient client, IBudgetGate gate, BudgetGuard? owned, Func<ITextToSpeechClient, ITextToSpeechClient> track) =>
        BudgetedClients.Wrap(client, gate, owned, static inner => inner.GetService(typeof(IUsageTracker)), track, static (inner, calls) => new BudgetedTextToSpeechClient(inner, calls));
}
