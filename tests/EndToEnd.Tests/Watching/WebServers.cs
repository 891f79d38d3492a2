using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>What Prometheus and Alertmanager have alike.</summary>
internal static class WebServers
{
    /// <summary>Until it says that it is ready; throws what it printed where it ends instead.</summary>
    public static Task IsReadyAsync(this Server server, string name, HttpClient http) => Eventually.HoldsAsync(
        async () =>
        {
            if (server.HasExited)
            {
                throw new InvalidOperationException($"{name} ended: {server.Output}");
            }

            try
            {
                using var response = await http.GetAsync(new Uri("-/ready", UriKind.Relative));
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        $"{name} at {http.BaseAddress} is ready");
}
