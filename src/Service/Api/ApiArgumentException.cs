namespace LlmTelemetry.Service;

/// <summary>A parameter of a request is wrong.</summary>
/// <param name="parameter">Its name, as in the request.</param>
/// <param name="message">What is wrong, and what would be right.</param>
internal sealed class ApiArgumentException(string parameter, string message) : ArgumentException(message)
{
    public string Parameter => parameter;
}
