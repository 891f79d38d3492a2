using LlmTelemetry.Instrumentation;

namespace LlmTelemetry.Quickstart;

/// <summary>One scene of the <see cref="Story"/>: somebody uses a feature, and a model is called for it.</summary>
/// <param name="User">Who.</param>
/// <param name="Tenant">At which customer.</param>
/// <param name="Feature">Using what.</param>
/// <param name="What">What it shows, in a few words.</param>
/// <param name="CallAsync">Makes the calls; throws where one fails.</param>
internal sealed record Step(string User, string Tenant, string Feature, string What, Func<CancellationToken, Task> CallAsync)
{
    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        // In a web app this is one line in a middleware. It flows with the async calls; no parameter is handed down.
        using (UsageScope.Begin(user: User, tenant: Tenant, feature: Feature))
        {
            await CallAsync(cancellationToken);
        }
    }
}
