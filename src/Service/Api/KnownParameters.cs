using System.Globalization;
using System.Reflection;

namespace LlmTelemetry.Service;

/// <summary>Refuses parameters that an endpoint's handler does not have: one that is misspelt would be ignored in silence, and a change of one subject be a change of all.</summary>
internal static class KnownParameters
{
    /// <summary>Of each endpoint's address only what its handler reads from there: texts and whole numbers, each once.</summary>
    public static TBuilder RefuseOtherParameters<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Finally(static endpoint =>
        {
            var route = ((RouteEndpointBuilder)endpoint).RoutePattern;
            var known = endpoint.Metadata.OfType<MethodInfo>().Single().GetParameters()
                .Where(parameter => (parameter.ParameterType == typeof(string) || IsNumber(parameter)) && route.GetParameter(parameter.Name!) is null)
                .ToArray();

            // Before the framework binds them: what it says of one that is wrong has names of ours in it.
            var handle = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                Check(context.Request.Query, known);
                return handle(context);
            };
        });
        return endpoints;
    }

    private static void Check(IQueryCollection query, ParameterInfo[] known)
    {
        foreach (var (name, values) in query)
        {
            var parameter = Array.Find(known, one => one.Name!.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw ApiFields.Bad(known.Length == 0 ? $"'{name}' is not known here: there are no parameters." : $"'{name}' is not known here; known are: {string.Join(", ", known.Select(one => one.Name))}.");
            if (values.Count > 1)
            {
                throw ApiFields.Bad(string.Create(CultureInfo.InvariantCulture, $"{name} is there {values.Count} times: say it once."));
            }

            if (IsNumber(parameter) && !int.TryParse(values, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            {
                throw ApiFields.Bad($"{name} is '{values}'; it must be a whole number.");
            }
        }
    }

    private static bool IsNumber(ParameterInfo parameter) => parameter.ParameterType == typeof(int?);
}
