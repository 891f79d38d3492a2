using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What answers cost, beside them: nothing is written into an answer, which others serialize and cache, and nothing outlives it.</summary>
internal static class AnswerCosts
{
    private static readonly ConditionalWeakTable<object, UsageCost> Costs = [];

    /// <summary>Of an object that a provider gives out again the last call's cost counts.</summary>
    public static void Add(object answer, in UsageEvent call) => Costs.AddOrUpdate(answer, new UsageCost(in call));

    public static UsageCost? Of(object answer) => Costs.TryGetValue(answer, out var cost) ? cost : null;
}
