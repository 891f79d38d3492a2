using LlmTelemetry.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Attributes the calls that requests make.</summary>
public static class UsageAttributionExtensions
{
    extension(IApplicationBuilder app)
    {
        /// <summary>
        /// Attributes every tracked call that a request makes: user, tenant and plan from its claims, feature from its route. After routing and
        /// authentication, which a <c>WebApplication</c> puts first by itself. Scopes and options closer to the call still win.
        /// </summary>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IApplicationBuilder UseUsageAttribution(Action<UsageAttributionOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(app);
            var options = new UsageAttributionOptions();
            configure?.Invoke(options);
            return app.UseMiddleware<UsageAttributionMiddleware>(options.Copy());
        }
    }

    extension<TBuilder>(TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Names the feature of an endpoint, or of a group of them; the innermost name counts. Without it the route is the feature.</summary>
        /// <param name="feature">The feature.</param>
        /// <exception cref="ArgumentException">It is empty.</exception>
        public TBuilder WithUsageFeature(string feature)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(feature);
            endpoint.Add(builder => builder.Metadata.Add(new UsageFeature(feature.Trim())));
            return endpoint;
        }
    }
}
