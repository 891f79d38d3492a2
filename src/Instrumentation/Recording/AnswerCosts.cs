using System.Runtime.CompilerServices;

namespace LlmTelemetry.Instrumentation;

/// <summary>What answers cost, beside them: nothing is written into an answer, which others serialize and cache, and nothing outlives it.</summary>
internal static class AnswerCosts
{
    private static readonly ConditionalWeakTable<object, UsageCost> Costs = [];

    /// <summary>Of an object that a provider gives out again the last call's cost counts.</summary>
    public static void Add(object answer, UsageCost cost) => Costs.AddOrUpdate(answer, cost);

    /// <summary>Forgets what an object cost when it was an answer before: this time it did not.</summary>
    public static void Remove(object answer) => Costs.Remove(answer);

    public static UsageCost? Of(object? answer) => answer is not null && Costs.TryGetValue(answer, out var cost) ? cost : null;
}
