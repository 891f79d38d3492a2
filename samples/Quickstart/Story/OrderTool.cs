using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Quickstart;

/// <summary>The tool that the model calls.</summary>
internal static class OrderTool
{
    public const string Name = "get_order_status";

    public static AIFunction Function { get; } = AIFunctionFactory.Create(StatusOf, Name, "Tells where an order is.");

    private static string StatusOf([Description("The order's number.")] string order) => $"Order {order}: handed to the carrier, arrives on Thursday.";
}
