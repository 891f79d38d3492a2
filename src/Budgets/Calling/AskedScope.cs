using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>The scope of where a stream was asked for: it may be read elsewhere, and the scope may be closed by then.</summary>
internal static class AskedScope
{
    /// <summary>Opens it once more, over that of the moment, as the tracker lays them over each other.</summary>
    public static UsageScope Reopen(in Attribution scope) => UsageScope.Begin(
        scope.User, scope.Tenant, scope.Feature, scope.Conversation, scope.Session, scope.Tier, scope.Tags, scope.Client, scope.Environment);
}
